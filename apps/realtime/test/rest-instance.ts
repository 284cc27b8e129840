import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { ConfigModule, httpConfig, type Environment } from '#libs/config';
import { type ErrorCode } from '#libs/contracts';
import { ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';
import { AccountsRestModule } from '../src/rest/accounts/accounts-rest.module.js';
import { AuthRestModule } from '../src/rest/auth/auth-rest.module.js';
import { AdminTripsRestModule } from '../src/rest/dispatcher-trips/admin-trips-rest.module.js';
import { ExportsRestModule } from '../src/rest/exports/exports-rest.module.js';
import { FaresRestModule } from '../src/rest/fares/fares-rest.module.js';
import { NotificationsRestModule } from '../src/rest/notifications/notifications-rest.module.js';
import { RestModule } from '../src/rest/rest.module.js';
import { setUpRest } from '../src/rest/set-up-rest.js';
import { TripsRestModule } from '../src/rest/trips/trips-rest.module.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    success: boolean;
    message: string | string[];
    data: never;
    meta?: Record<string, unknown>;
    error?: { code: string; reason: ErrorCode; retryable: boolean; retryAfterMs?: number };
  };
}

export interface CallOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The REST side alone, on a port of its own. */
export async function startRest(environment: Environment) {
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.from(environment),
      ObservabilityModule,
      RedisModule,
      RestModule,
      AuthRestModule,
      AccountsRestModule,
      ExportsRestModule,
      FaresRestModule,
      NotificationsRestModule,
      TripsRestModule,
      AdminTripsRestModule,
    ],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({
    bodyParser: false,
    logger: false,
  });
  await app.get(RedisConnections).waitUntilReady(10_000);
  setUpRest(app, app.get(httpConfig.KEY));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { token, body, headers = {} } = options;
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  }

  return { app, url, call, close: () => app.close() };
}

export type RestInstance = Awaited<ReturnType<typeof startRest>>;
