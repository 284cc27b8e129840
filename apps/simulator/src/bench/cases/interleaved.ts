import { type BenchContext } from '../bench-context.js';
import { untilQuiet } from '../quiet-machine.js';
import { titleOf, type ServerKind } from '../servers/server-kind.js';
import { measurePings, Observed, type PingMeasurement, type PingPlan } from './ping-measurement.js';
import { cpuUsOf, foreignShareOf, milliseconds, number } from './ping-rows.js';

const MAX_ATTEMPTS = 2;
/** More than this share of a core for other programs: the run is made again. */
const DISTURBED = 0.1;

/** Measures the servers in turns, so that what else the machine does meets all of them. */
export async function measureInTurns(
  context: BenchContext,
  kinds: readonly ServerKind[],
  planOf: (kind: ServerKind, turn: number) => PingPlan,
): Promise<PingMeasurement[]> {
  const measurements: PingMeasurement[] = [];
  for (let turn = 1; turn <= context.arguments.repeat; turn += 1) {
    for (const kind of kinds) {
      const measurement = await measureUndisturbed(context, kind, planOf(kind, turn), turn);
      measurements.push(measurement);
    }
  }
  return measurements;
}

/** Measures again while somebody else takes the core, and keeps the quietest run. */
async function measureUndisturbed(
  context: BenchContext,
  kind: ServerKind,
  plan: PingPlan,
  turn: number,
): Promise<PingMeasurement> {
  let quietest: PingMeasurement | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    await untilQuiet(context.arguments.patienceMs);
    const measurement = await measurePings(context, kind, plan);
    context.progress(`  ${turn}. ${titleOf[kind]}: ${summaryOf(measurement)}`);
    const disturbance = foreignShareOf(measurement.result);
    if (!quietest || disturbance < foreignShareOf(quietest.result)) quietest = measurement;
    if (disturbance <= DISTURBED || context.arguments.quick) break;
  }
  return quietest!;
}

function summaryOf({ result }: PingMeasurement): string {
  const { acks, seconds, ackMs, problems, generator, foreignShare } = result;
  const line = [
    `${number(acks / seconds)} acks/s`,
    `${number(cpuUsOf(result, Observed.first), 1)} CPU µs/ping`,
    `ack p99 ${milliseconds(ackMs.p99)}`,
    `load CPU ${number(generator.cpuShare * 100)} %`,
    `others on the cores ${number(foreignShare.servers * 100)} and ${number(foreignShare.load * 100)} %`,
  ].join(', ');
  return problems.length === 0 ? line : `${line}; INVALID: ${problems.join('; ')}`;
}
