import { ConfigurationError, readClientEnvironment } from '#libs/config';
import { RestError } from './clients/rest-client.js';
import { ArgumentsError, readDemoArguments } from './demo/arguments.js';
import { runDemo } from './demo/demo.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());

async function run(): Promise<number> {
  try {
    const options = readDemoArguments(process.argv.slice(2));
    const { ADMIN_PASSWORD } = readClientEnvironment();
    if (!ADMIN_PASSWORD) throw new ConfigurationError(['ADMIN_PASSWORD is required']);
    return await runDemo(options, ADMIN_PASSWORD, stop.signal, (line) => console.log(line));
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
  return `The demo failed: ${error.message}${cause}`;
}

process.exitCode = await run();
// An HTTP request that was given up may keep the process for a while; nothing waits for it.
process.exit();
