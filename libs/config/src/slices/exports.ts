import { slice } from '../slice.js';

export const exportsConfig = slice('exports', (env) => ({
  streamMaxLength: env.EXPORT_STREAM_MAX_LENGTH,
  streamKeep: env.EXPORT_STREAM_KEEP,
  streamKeepBytes: env.EXPORT_STREAM_KEEP_BYTES,
  trimIntervalMs: env.EXPORT_TRIM_INTERVAL,
}));

export const webhooksConfig = slice('webhooks', (env) => ({
  urls: env.WEBHOOK_URL ?? [],
  secrets: env.WEBHOOK_SECRET ?? [],
  insideHosts: env.WEBHOOK_INSIDE_HOSTS,
  timeoutMs: env.WEBHOOK_TIMEOUT,
  concurrency: env.WEBHOOK_CONCURRENCY,
  maxAttempts: env.WEBHOOK_MAX_ATTEMPTS,
  retryDelayMs: env.WEBHOOK_RETRY_DELAY,
  retryMaxDelayMs: env.WEBHOOK_RETRY_MAX_DELAY,
  deadLettersKept: env.WEBHOOK_DEAD_LETTERS_KEPT,
}));
