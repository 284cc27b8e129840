import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BenchArgumentsError, readBenchArguments, type BenchArguments } from './arguments.js';
import { type BenchCase, type CaseReport } from './bench-case.js';
import { closedLoopCase } from './cases/closed-loop.case.js';
import { directedCase } from './cases/directed.case.js';
import { handshakeCase } from './cases/handshake.case.js';
import { idleCase } from './cases/idle.case.js';
import { nearbyCase } from './cases/nearby.case.js';
import { oneSlotCase } from './cases/one-slot.case.js';
import { pointersCase } from './cases/pointers.case.js';
import { roomCase } from './cases/room.case.js';
import { sustainedCase } from './cases/sustained.case.js';
import { visitorsCase } from './cases/visitors.case.js';
import { watchedCase } from './cases/watched.case.js';
import { limitsBelow } from './limits.js';
import { describeMachine, type Machine } from './machine.js';
import { renderMarkdown } from './report/markdown.js';
import { renderReport, renderTable, summaryOf, type NumberedReport } from './report/table.js';
import { RULES } from './rules.js';
import { SpareTime } from './spare-time.js';
import { Core, pin } from './servers/pinning.js';

const cases: BenchCase[] = [
  closedLoopCase,
  watchedCase,
  sustainedCase,
  idleCase,
  handshakeCase,
  directedCase,
  nearbyCase,
  roomCase,
  pointersCase,
  visitorsCase,
  oneSlotCase,
];

async function run(): Promise<number> {
  const options = readBenchArguments(process.argv.slice(2));
  mkdirSync(options.directory, { recursive: true });
  const machine = describeMachine(options.redisVersion);
  pin(process.pid, Core.load);
  pin(options.redisPid, Core.redis);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB; Node ${machine.node}, ` +
      `Redis ${machine.redis}\n${machine.placement}`,
  );
  for (const rule of RULES) console.log(rule);
  const chosen = cases.filter(({ number }) => options.cases.includes(number));
  for (const { number, connections } of chosen) {
    for (const limit of limitsBelow(connections(options.quick)))
      console.log(`Case ${number} cannot be measured: ${limit}`);
  }
  const reports: NumberedReport[] = [];
  endWithSummary(reports);
  const spare = new SpareTime(options.spareMs);
  const startedAt = performance.now();
  for (const benchCase of chosen) {
    const { number, title } = benchCase;
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    console.log(`\n${number}. ${title} (after ${minutes} min)`);
    const report = { number, title, ...(await measure(benchCase, options, spare)) };
    reports.push(report);
    console.log(renderReport(report));
    // After each case: what was measured is kept when the benchmark is stopped.
    save(options, machine, reports);
  }
  printSummary(reports);
  console.log(`Written to ${options.directory}: results.md and results.json`);
  const hasGap = reports.some(({ targets }) =>
    targets.some(({ target, met }) => target !== null && met === undefined),
  );
  return hasGap ? 1 : 0;
}

/** A case that fails leaves the others their figures. */
async function measure(
  benchCase: BenchCase,
  options: BenchArguments,
  spare: SpareTime,
): Promise<CaseReport> {
  const { redisUrl, redisPid } = options;
  const limits = limitsBelow(benchCase.connections(options.quick));
  if (limits.length > 0) return reportOfFailure(limits.join('; '));
  const progress = (line: string) => console.log(line);
  try {
    return await benchCase.run({ redisUrl, redisPid, arguments: options, spare, progress });
  } catch (error) {
    return reportOfFailure(error instanceof Error ? error.message : String(error));
  }
}

function reportOfFailure(reason: string): CaseReport {
  console.log(`  failed: ${reason}`);
  const target = { what: 'the case', figures: {}, target: 'measured', met: undefined };
  return { rows: [], targets: [target], notes: [reason], runs: [] };
}

function save(options: BenchArguments, machine: Machine, reports: readonly NumberedReport[]): void {
  const json = JSON.stringify({ machine, rules: RULES, options, cases: reports }, null, 2);
  for (const file of [path.join(options.directory, 'results.json'), options.json]) {
    if (file) writeFileSync(file, json);
  }
  const markdown = renderMarkdown(machine, options.command, RULES, reports);
  writeFileSync(path.join(options.directory, 'results.md'), markdown);
}

function printSummary(reports: readonly NumberedReport[]): void {
  if (reports.length > 0) console.log(`\nSummary\n${renderTable(summaryOf(reports))}`);
}

/** Servers and load end with this process: their channel to it breaks. */
function endWithSummary(reports: readonly NumberedReport[]): void {
  const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, exitCode] of Object.entries(exitCodes)) {
    process.once(signal, () => {
      console.log('\nStopped: the case that was running has no figures.');
      printSummary(reports);
      process.exit(exitCode);
    });
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof BenchArgumentsError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
process.exit();
