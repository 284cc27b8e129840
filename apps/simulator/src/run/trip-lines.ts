import { counted, listOf, totalOf, milliseconds } from '../measure/tally.js';
import { type TripTally } from '../rides/trip-tally.js';

/** What passengers did not get once and in order, missing ends of trips included. */
export function violationsOf({ violations, unheardEnds }: TripTally): number {
  return totalOf(violations) + unheardEnds;
}

/** For the line of every second; nothing before the first trip. */
export function progressOf(trips: TripTally): string[] {
  if (trips.requested === 0) return [];
  const counts = Object.entries({
    cancelled: trips.cancelled,
    'without driver': trips.withoutDriver,
    VIOLATIONS: totalOf(trips.violations),
  }).flatMap(([name, count]) => (count > 0 ? ` ${name} ${count}` : []));
  const { requested, matched, completed, matching } = trips;
  return [
    `trips requested ${requested} matched ${matched} completed ${completed}${counts.join('')}` +
      (matching.count > 0 ? ` (match p50 ${milliseconds(matching.percentile(0.5)).trim()})` : ''),
  ];
}

/** For the summary. */
export function tripLinesOf(trips: TripTally): [name: string, text: string][] {
  const { requested, matched, completed, cancelled, withoutDriver, matching } = trips;
  if (requested === 0) return [];
  const delay = (share: number): string => milliseconds(matching.percentile(share)).trim();
  const faults = [
    ...(trips.violations.size > 0 ? [listOf(trips.violations)] : []),
    ...(trips.unheardEnds > 0 ? [`${counted(trips.unheardEnds, 'end')} of trips not heard`] : []),
  ];
  return [
    [
      'trips',
      `${requested} requested, ${matched} matched, ${completed} completed, ${cancelled} cancelled, ` +
        `${withoutDriver} without driver, ${trips.underWay} under way`,
    ],
    ['offers', `${trips.rejected} rejected, ${trips.ignored} not answered`],
    ['request to match', `p50 ${delay(0.5)}, p99 ${delay(0.99)}, the driver's thinking included`],
    [
      'told in order',
      `every passenger every event once, ${counted(trips.absences, 'time')} after lost network: ` +
        `${violationsOf(trips)} violations${faults.length > 0 ? ` (${faults.join(', ')})` : ''}`,
    ],
  ];
}
