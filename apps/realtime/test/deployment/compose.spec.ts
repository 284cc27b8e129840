import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentSchema, parseEnvironment } from '#libs/config';
import { until } from '#libs/testing';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const composeFile = path.join(ROOT, 'docker-compose.yml');

interface Service {
  environment?: Record<string, string>;
  env_file?: string;
  stop_grace_period?: string;
  command?: string[];
  volumes?: string[];
  secrets?: string[];
}
const compose = parse(readFileSync(composeFile, 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
};
const instances = Object.entries(compose.services).filter(([name]) => name.startsWith('realtime-'));

/** Lines of NAME=value. */
function variablesOf(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('docker-compose.yml', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-secrets-'));
  const makeSecrets = () =>
    spawnSync(
      process.execPath,
      [
        path.join(ROOT, 'scripts/run.mjs'),
        'secrets',
        '--dir',
        directory,
        '--host',
        'rides.example',
      ],
      { encoding: 'utf8' },
    );

  beforeAll(() => {
    const { status, stderr } = makeSecrets();
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('[OPS2] gives its instances settings that exist, and with the secrets of one command a right configuration', () => {
    const secrets = variablesOf(path.join(directory, 'instance.env'));
    expect(instances).toHaveLength(3);
    for (const [name, { environment, env_file }] of instances) {
      expect(env_file, name).toBe('.secrets/instance.env');
      const given = { ...secrets, ...environment };
      for (const variable of Object.keys(given)) {
        expect(environmentSchema.shape, name).toHaveProperty(variable);
      }
      const withDefaults = Object.fromEntries(
        Object.entries(given).map(([key, value]) => [
          key,
          value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
        ]),
      );
      expect(parseEnvironment(withDefaults)).toMatchObject({ NODE_ENV: 'production' });
    }
  });

  it('[OPS2] waits for the whole drain before it kills an instance', () => {
    for (const [name, { environment, stop_grace_period }] of instances) {
      const settings = parseEnvironment({
        ...variablesOf(path.join(directory, 'instance.env')),
        ...environment,
        CORS_ORIGINS: '*',
        WS_CORS_ORIGIN: '*',
      });
      const neededMs =
        Math.max(settings.DRAIN_PERIOD + settings.WS_REQUEST_DEADLINE, settings.WEBHOOK_TIMEOUT) +
        5_000;
      expect(stop_grace_period, name).toBe(`${neededMs / 1_000}s`);
    }
  });

  it('[OPS2] what Redis, nginx and Prometheus are started with is mounted, and each asks for services that are there', () => {
    const { services } = compose;
    /** A file of the container, by what the service mounts there. */
    const mountedAt = (service: string, file: string): string => {
      const { volumes = [] } = services[service]!;
      const [here] = volumes.map((each) => each.split(':')).find(([, to]) => to === file) ?? [];
      if (here === undefined) throw new Error(`${service} mounts nothing at ${file}`);
      return readFileSync(path.join(ROOT, here), 'utf8');
    };
    const { redis, nginx, prometheus } = services;
    const redisFile = mountedAt(
      'redis',
      redis!.command!.find((each) => each.startsWith('/'))!,
    );
    const nginxFile = mountedAt('nginx', nginx!.command![nginx!.command!.indexOf('-c') + 1]!);
    const secretsIn = (file: string) =>
      [...file.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, s]) => s);
    expect(secretsIn(redisFile)).toEqual(redis!.secrets);
    expect(secretsIn(nginxFile)).toEqual(nginx!.secrets);

    const names = instances.map(([name]) => name);
    const upstreams = [...nginxFile.matchAll(/^\s*server ([\w-]+):(\d+)/gm)];
    expect(upstreams.map(([, name]) => name)).toEqual(names);
    const { PORT } = parseEnvironment(variablesOf(path.join(directory, 'instance.env')));
    for (const [, name, port] of upstreams) expect(Number(port), name).toBe(PORT);

    const option = prometheus!.command!.find((each) => each.startsWith('--config.file='))!;
    const scraped = parse(mountedAt('prometheus', option.slice(option.indexOf('=') + 1))) as {
      rule_files: string[];
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    for (const file of scraped.rule_files)
      expect(mountedAt('prometheus', file)).toContain('alert:');
    const targets = scraped.scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((each) => each.targets),
    );
    expect(targets).toEqual(
      instances.map(([name, { environment }]) => `${name}:${environment!['METRICS_PORT']}`),
    );
    // Where Grafana's data source goes.
    const source = readFileSync(
      path.join(ROOT, 'deploy/grafana/provisioning/datasources/prometheus.yml'),
      'utf8',
    );
    expect(source).toContain('url: http://prometheus:9090');
  });

  it.each(['nginx/nginx.conf', 'nginx/path-prefix.conf', 'haproxy/haproxy.cfg'])(
    '[LB2] %s sets or drops each forwarding header that a client may write',
    (file) => {
      const text = readFileSync(path.join(ROOT, 'deploy', file), 'utf8');
      for (const header of [
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'X-Forwarded-Host',
        'Forwarded',
      ])
        expect(text, header).toMatch(
          new RegExp(`(?:proxy_set_header|set-header|del-header) ${header}(?: |$)`, 'm'),
        );
    },
  );

  it.each(['', '0.0.0.0', '::', '127.0.0.1'])(
    '[OPS1] the health check of a container finds an instance whose HOST is "%s"',
    async (host) => {
      const instance = createServer((request, response) =>
        response.writeHead(request.url === '/health/live' ? 200 : 404).end(),
      ).listen(0, '127.0.0.1');
      await once(instance, 'listening');
      const { port } = instance.address() as AddressInfo;
      const env = { HOST: host, PORT: String(port) };
      await until('the check says yes', async () => {
        const script = path.join(ROOT, 'scripts/container/health.mjs');
        const [code] = await once(spawn(process.execPath, [script], { env }), 'exit');
        return code === 0;
      });
      instance.close();
      instance.closeAllConnections();
    },
  );

  it('[OPS3] the secrets of one command fit each other, are closed to others, and are never replaced', () => {
    const { REDIS_URL } = variablesOf(path.join(directory, 'instance.env'));
    const { REDISCLI_AUTH } = variablesOf(path.join(directory, 'redis.env'));
    expect(new URL(REDIS_URL!).password).toBe(REDISCLI_AUTH);
    const redisPassword = readFileSync(path.join(directory, 'redis-password.conf'), 'utf8');
    expect(redisPassword).toBe(`requirepass ${REDISCLI_AUTH}\n`);
    expect(statSync(directory).mode & 0o077).toBe(0);

    expect(makeSecrets()).toMatchObject({ status: 0 });
    expect(readFileSync(path.join(directory, 'redis-password.conf'), 'utf8')).toBe(redisPassword);

    unlinkSync(path.join(directory, 'redis.env'));
    const { status, stderr } = makeSecrets();
    expect(status).toBe(1);
    expect(stderr).toContain('but not redis.env');
    const ignored = execFileSync('git', ['check-ignore', '.secrets/instance.env', '.env'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(ignored.trim().split('\n')).toHaveLength(2);
  });

  it('[OPS4] the check names every fault of it and of the Dockerfile, and finds none in ours', () => {
    const check = (...files: string[]) =>
      spawnSync(
        process.execPath,
        [path.join(ROOT, 'scripts/deployment/check-containers.mjs'), ...files],
        { encoding: 'utf8' },
      );
    expect(check()).toMatchObject({ status: 0, stdout: '' });

    const wrongCompose = path.join(directory, 'docker-compose.yml');
    writeFileSync(
      wrongCompose,
      `services:
  redis:
    image: redis:7.2.11-bookworm
    healthchek: { test: [CMD, redis-cli, ping] }
    volumes: ['./redis.conf:/etc/redis.conf:ro']
  realtime:
    image: ridewire:local
    depends_on: { redis: { conditon: service_healthy } }
    restart: [always]
`,
    );
    const wrongDockerfile = path.join(directory, 'Dockerfile');
    writeFileSync(wrongDockerfile, 'FROM debian:12.12-slim\nWORKDIR app\nEXPOES 3000\n');
    const { status, stdout } = check(wrongCompose, wrongDockerfile);
    expect(status).toBe(1);
    expect(stdout.trim().split('\n')).toEqual([
      'docker-compose.yml: services.redis has an unknown key "healthchek"',
      `docker-compose.yml: services.realtime.depends_on.redis must have required property 'condition'`,
      'docker-compose.yml: services.realtime.depends_on.redis has an unknown key "conditon"',
      'docker-compose.yml: services.realtime.restart must be string',
      'docker-compose.yml: services.redis needs ./redis.conf, which is not there',
      'Dockerfile, line 2: WORKDIR paths should be absolute',
      'Dockerfile, line 3: Unknown instruction: EXPOES',
    ]);
  });
});
