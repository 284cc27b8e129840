import { parseArgs } from 'node:util';
import { ConfigurationError, readCheckEnvironment } from '#libs/config';
import { RestError } from './clients/rest-client.js';
import { CheckFailure } from './ws-test/check-socket.js';
import { withPeople } from './ws-test/people.js';
import { SUITE_NAMES, suiteOf } from './ws-test/suites.js';

const startedAt = performance.now();

function say(line: string): void {
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(2).padStart(7)} s  ${line}`);
}

/** With `--admin-email`, whose password is in ADMIN_PASSWORD, people without a token are made up. */
async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    options: { 'admin-email': { type: 'string' } },
  });
  const suite = suiteOf(positionals[0]);
  if (!suite) {
    console.error(`Usage: ws-test.js <${SUITE_NAMES.join('|')}> [--admin-email X]`);
    return 2;
  }
  try {
    const given = readCheckEnvironment();
    const adminEmail = values['admin-email'];
    const env = typeof adminEmail === 'string' ? await withPeople(given, adminEmail, say) : given;
    await suite(env, say);
    say('passed');
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      console.error(error.message);
      return 2;
    }
    if (!(error instanceof CheckFailure || error instanceof RestError)) throw error;
    say(`FAILED: ${error.message}`);
    return 1;
  }
}

process.exit(await run(process.argv.slice(2)));
