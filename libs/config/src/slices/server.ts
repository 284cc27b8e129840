import { slice } from '../slice.js';

export const logConfig = slice('log', (env) => ({ level: env.LOG_LEVEL }));

export const httpConfig = slice('http', (env) => ({
  port: env.PORT,
  host: env.HOST,
  corsOrigins: env.CORS_ORIGINS,
  trustProxyHops: env.TRUST_PROXY_HOPS,
  keepAliveMs: env.HTTP_KEEP_ALIVE_TIMEOUT,
  internalHost: env.INTERNAL_HOST,
  internalPort: env.INTERNAL_PORT,
}));

export const redisConfig = slice('redis', (env) => ({
  url: env.REDIS_URL,
  keyPrefix: env.REDIS_KEY_PREFIX,
  commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT,
}));
