import 'reflect-metadata';
import { ConfigurationError, readEnvironment } from '#libs/config';
import { Log } from '#libs/observability';
import { bootstrap, listen } from './bootstrap.js';

try {
  const app = await bootstrap(readEnvironment());
  const log = app.get(Log);
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  log.info({ url: await listen(app), pid: process.pid }, 'listening');
} catch (error) {
  const text =
    error instanceof ConfigurationError ? error.message : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
