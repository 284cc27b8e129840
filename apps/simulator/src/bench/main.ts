import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BenchArgumentsError, readBenchArguments } from './arguments.js';
import { type BenchCase, type CaseReport } from './bench-case.js';
import { type BenchContext } from './bench-context.js';
import { closedLoopCase } from './cases/closed-loop.case.js';
import { directedCase } from './cases/directed.case.js';
import { handshakeCase } from './cases/handshake.case.js';
import { idleCase } from './cases/idle.case.js';
import { nearbyCase } from './cases/nearby.case.js';
import { sustainedCase } from './cases/sustained.case.js';
import { watchedCase } from './cases/watched.case.js';
import { describeMachine } from './machine.js';
import { renderReport, renderTargets, type NumberedReport } from './report/table.js';
import { Core, pin } from './servers/pinning.js';

const cases: BenchCase[] = [
  closedLoopCase,
  watchedCase,
  sustainedCase,
  idleCase,
  handshakeCase,
  directedCase,
  nearbyCase,
];

async function run(): Promise<number> {
  const options = readBenchArguments(process.argv.slice(2));
  mkdirSync(options.directory, { recursive: true });
  const machine = describeMachine(options.redisVersion);
  pin(process.pid, Core.load);
  pin(options.redisPid, Core.load);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB; Node ${machine.node}, ` +
      `Redis ${machine.redis}\n${machine.placement}`,
  );
  const chosen = cases.filter(({ number }) => options.cases.includes(number));
  const reports: NumberedReport[] = [];
  for (const { number, title, run: measure } of chosen) {
    console.log(`\n${number}. ${title}`);
    const context: BenchContext = {
      redisUrl: options.redisUrl,
      redisPid: options.redisPid,
      arguments: options,
      progress: (line) => console.log(line),
    };
    const report = { number, title, ...(await measure(context).catch(reportOfFailure)) };
    reports.push(report);
    console.log(renderReport(report));
    // After each case: whoever stops the benchmark keeps what there is.
    const json = JSON.stringify({ machine, options, cases: reports }, null, 2);
    for (const file of [path.join(options.directory, 'results.json'), options.json]) {
      if (file) writeFileSync(file, json);
    }
  }
  console.log(renderTargets(reports));
  return reports.some(({ targets }) => targets.some(({ met }) => met === undefined)) ? 1 : 0;
}

/** The other cases still have their figures. */
function reportOfFailure(error: unknown): CaseReport {
  const reason = error instanceof Error ? error.message : String(error);
  console.log(`  failed: ${reason}`);
  return {
    rows: [],
    targets: [{ text: 'the case ran', figure: reason, met: undefined }],
    notes: [],
    runs: [],
  };
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof BenchArgumentsError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
process.exit();
