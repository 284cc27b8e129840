/**
 * A driver's app as it runs on a phone that has a bad day: its JavaScript has neither window nor crypto,
 * its clock is a day ahead until it is set right, and its first question for the token hangs.
 * It says what happens, a line of JSON each.
 */
for (const name of ['crypto', 'navigator', 'window', 'document', 'addEventListener'])
  delete globalThis[name];
const DAY_MS = 86_400_000;
const rightNow = Date.now;
Date.now = () => rightNow() + DAY_MS;

/** As the app of a test has it, and not where this file lies. */
const entry = (name) => import(`@ridewire/client${name}`);
const { RidewireClient } = await entry('');
const { LocationReporter } = await entry('/location');

const { SERVER, TOKEN } = process.env;
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

let questions = 0;
const client = new RidewireClient({
  url: SERVER,
  connectTimeoutMs: 2_000,
  getToken: () => ((questions += 1) > 1 ? TOKEN : new Promise(() => {})),
});
client.subscribe(() => tell({ state: client.getState() }));
const drives = client.drivers();
drives.keep('driver:status:update', { isAvailableForTrips: true });
const reporter = new LocationReporter(drives, {
  minIntervalMs: 100,
  heartbeatMs: 600_000,
  onResult: (fix, { verdict, reason }) => tell({ verdict, reason, timestamp: fix.timestamp }),
});
const { conversations } = client.chat();
// It drives before the server has ever said what time it is.
let step = 0;
setInterval(() => reporter.report({ lat: 41.9 + (step += 1) * 0.0003, lng: 12.5 }), 150);
await client.connect();
await conversations.join('lobby');
tell({ said: await conversations.say('lobby', 'hello from a phone') });

process.stdin.once('data', () => {
  Date.now = rightNow;
  tell({ clock: 'right' });
});
