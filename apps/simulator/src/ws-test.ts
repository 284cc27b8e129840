import { ConfigurationError, readClientEnvironment } from '#libs/config';
import { CheckFailure } from './ws-test/check-socket.js';
import { SUITE_NAMES, suiteOf } from './ws-test/suites.js';

const startedAt = performance.now();

function say(line: string): void {
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(2).padStart(7)} s  ${line}`);
}

async function run(name: string | undefined): Promise<number> {
  const suite = suiteOf(name);
  if (!suite) {
    console.error(`Usage: ws-test.js <${SUITE_NAMES.join('|')}>`);
    return 2;
  }
  try {
    await suite(readClientEnvironment(), say);
    say('passed');
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      console.error(error.message);
      return 2;
    }
    if (!(error instanceof CheckFailure)) throw error;
    say(`FAILED: ${error.message}`);
    return 1;
  }
}

process.exit(await run(process.argv[2]));
