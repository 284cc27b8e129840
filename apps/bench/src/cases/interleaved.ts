import { type BenchContext } from '../bench-context.js';
import { bottleneckOf } from '../load/bottleneck.js';
import { titleOf, type ServerKind } from '../servers/server-kind.js';
import {
  failedMeasurement,
  measurePings,
  Observed,
  type PingMeasurement,
  type PingPlan,
} from './ping-measurement.js';
import { cpuUsOf, milliseconds, number } from './ping-rows.js';
import { undisturbed } from './undisturbed.js';

/**
 * Measures the servers in turns, so that what else the machine does meets all of them.
 * @param turns as many as were asked for by default
 */
export async function measureInTurns(
  context: BenchContext,
  kinds: readonly ServerKind[],
  planOf: (kind: ServerKind, turn: number) => PingPlan,
  turns = context.arguments.repeat,
): Promise<PingMeasurement[]> {
  const measurements: PingMeasurement[] = [];
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const kind of kinds) {
      const measurement = await undisturbed(context, async () => {
        const measured = await measurePings(context, kind, planOf(kind, turn)).catch(
          (error: unknown) => failedMeasurement(kind, error),
        );
        context.progress(`  ${turn}. ${titleOf[kind]}: ${summaryOf(measured)}`);
        return measured;
      });
      measurements.push(measurement);
    }
  }
  return measurements;
}

function summaryOf({ result, log }: PingMeasurement): string {
  const { acks, seconds, ackMs, problems, generator, foreignShare } = result;
  const line = [
    `${number(acks / seconds)} acks/s`,
    `${number(cpuUsOf(result, Observed.first), 1)} CPU µs/ping`,
    `ack p99 ${milliseconds(ackMs.p99)}`,
    `load CPU ${number(generator.cpuShare * 100)} %`,
    `others on the cores ${number(foreignShare.servers * 100)} and ${number(foreignShare.load * 100)} %`,
  ].join(', ');
  const limits = bottleneckOf(result);
  const invalid = problems.length > 0 ? `INVALID: ${problems.join('; ')} ${log}` : '';
  return [line, limits, invalid].filter(Boolean).join('; ');
}
