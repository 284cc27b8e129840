import 'reflect-metadata';

/** While it starts it serves nobody. The first process of a container gets only signals that it listens to. */
const leave = () => process.exit(0);
process.on('SIGTERM', leave);
process.on('SIGINT', leave);

try {
  // Loading them takes seconds on a busy machine, in which a signal would be lost.
  const { misspelledVariables, readEnvironment } = await import('#libs/config');
  const { InstanceBoard } = await import('#libs/instances');
  const { Log } = await import('#libs/observability');
  const { bootstrap, listen } = await import('./bootstrap.js');
  const app = await bootstrap(readEnvironment());
  const log = app.get(Log);
  for (const variable of misspelledVariables()) {
    log.warn(variable, `${variable.name} is not read. Did you mean ${variable.meant}?`);
  }
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));

  let stopping = false;
  const stop = (signal: NodeJS.Signals | 'drain') => {
    // A second request to stop does not wait for the drain.
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.off(signal, leave);
    process.on(signal, stop);
  }
  app.get(InstanceBoard, { strict: false }).onDrain(() => {
    if (!stopping) stop('drain');
  });

  log.info({ url: await listen(app), pid: process.pid }, 'listening');
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
