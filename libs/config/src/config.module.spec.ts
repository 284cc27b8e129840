import { Inject, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigModule } from './config.module.js';
import { parseEnvironment } from './environment.js';
import { environmentSchema, type Environment } from './environment.schema.js';
import * as slices from './slices/index.js';
import { httpConfig, locationConfig, type ConfigType } from './index.js';

const required = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  JWT_ACCESS_SECRET: 'a'.repeat(32),
  JWT_REFRESH_SECRET: 'b'.repeat(32),
};

@Injectable()
class Consumer {
  constructor(
    @Inject(httpConfig.KEY) readonly http: ConfigType<typeof httpConfig>,
    @Inject(locationConfig.KEY) readonly location: ConfigType<typeof locationConfig>,
  ) {}
}

@Module({ providers: [Consumer] })
class ConsumerModule {}

@Module({})
class InstanceModule {}

const running: INestApplicationContext[] = [];

async function start(environment: Environment): Promise<INestApplicationContext> {
  const module = {
    module: InstanceModule,
    imports: [ConfigModule.from(environment), ConsumerModule],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  running.push(app);
  return app;
}

describe('the settings of an instance', () => {
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  it('[CONF1] Two instances in one process have settings of their own, and leave the environment of the process alone', async () => {
    const before = { ...process.env };
    const [a, b] = await Promise.all([
      start(parseEnvironment({ ...required, PORT: '3100', LOCATION_WRITE_INTERVAL: '50ms' })),
      start(parseEnvironment({ ...required, PORT: '3101' })),
    ]);
    expect(a.get(Consumer).http.port).toBe(3100);
    expect(a.get(Consumer).location.writeIntervalMs).toBe(50);
    expect(b.get(Consumer).http.port).toBe(3101);
    expect(b.get(Consumer).location.writeIntervalMs).toBe(20);
    expect(process.env).toEqual(before);
  });

  it('[CONF1] Nothing of the environment of the process is to be had beside the slices', async () => {
    const app = await start(parseEnvironment({ ...required, PORT: '3100' }));
    const service = app.get(ConfigService);
    expect(service.get('http.port')).toBe(3100);
    expect(service.get('PATH')).toBeUndefined();
    expect(service.get('REDIS_URL')).toBeUndefined();
  });

  it('[CONF1] Every variable is in a slice', () => {
    const admin = { FIRST_ADMIN_EMAIL: 'a@example.com', FIRST_ADMIN_PASSWORD: 'long enough' };
    const parsed = parseEnvironment({ ...required, ...admin });
    // They are of use before there is an instance.
    const read = new Set<string>(['ENV_FILE', 'NODE_ENV']);
    const noted = new Proxy(parsed, {
      get: (target, name: keyof Environment) => {
        read.add(name);
        return target[name];
      },
    });
    for (const each of Object.values(slices)) each(noted);
    expect(Object.keys(environmentSchema.shape).filter((name) => !read.has(name))).toEqual([]);
  });
});
