import { constants } from 'node:os';
import { ConfigurationError, readClientEnvironment } from '#libs/config';
import { RestError } from './clients/rest-client.js';
import { ArgumentsError, readArguments } from './run/arguments.js';
import { runCity } from './run/city-run.js';
import { prepareScene } from './run/scene.js';

const SHOWN_PLAN_SECONDS = 600;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    // Whoever asks again does not want to wait for the summary.
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    stop.abort();
  });

async function run(): Promise<number> {
  try {
    const options = readArguments(process.argv.slice(2));
    if (options.command === 'plan') {
      const { seconds = SHOWN_PLAN_SECONDS } = options;
      const events = (await prepareScene(options)).events(seconds * 1_000);
      for (const event of events) console.log(JSON.stringify(event));
      return 0;
    }
    const { ADMIN_PASSWORD } = readClientEnvironment();
    if (options.people === undefined && !ADMIN_PASSWORD)
      throw new ConfigurationError(['ADMIN_PASSWORD is required: the password of --admin-email']);
    return await runCity(options, ADMIN_PASSWORD, stop.signal, (line) => console.log(line));
  } catch (error) {
    if (stop.signal.aborted) return 0;
    console.error(explain(error));
    return error instanceof ArgumentsError || error instanceof ConfigurationError ? 2 : 1;
  }
}

function explain(error: unknown): string {
  if (error instanceof RestError || error instanceof ArgumentsError) return error.message;
  if (error instanceof ConfigurationError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `The simulation failed: ${error.message}${cause}`;
}

// Whoever reads the lines may have seen enough.
process.stdout.on('error', () => process.exit());
process.exitCode = await run();
// What was said goes out first: a pipe takes a plan piece by piece. An HTTP request that was given up
// may keep the process for a while; nothing waits for it.
process.stdout.write('', () => process.exit());
