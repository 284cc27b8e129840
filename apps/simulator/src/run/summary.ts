import { PositionQuality } from '#libs/contracts';
import { type Fleet } from '../fleet/fleet.js';
import { type SilenceTally } from '../measure/silence-tally.js';
import { counted, listOf, totalOf, milliseconds } from '../measure/tally.js';
import { type ShareTally } from '../clients/share-follower.js';
import { type TripTally } from '../rides/trip-tally.js';
import { type TripTalks } from '../talks/trip-talks.js';
import { tripLinesOf } from './trip-lines.js';

/** What a run counts. */
export interface Measured {
  fleet: Fleet;
  trips: TripTally;
  talks: TripTalks;
  shares: ShareTally;
  /** Who are to come. */
  plannedDrivers: number;
}

export function summaryOf(
  { fleet, trips, talks, shares, plannedDrivers }: Measured,
  drivingMs: number,
  isCrossInstance: boolean,
): string {
  const { tally, delays } = fleet;
  const acknowledged = tally.stored + tally.duplicate + tally.stale + totalOf(tally.refused);
  const delay = (share: number): string => milliseconds(delays.percentile(share)).trim();
  const where = isCrossInstance ? 'on the other instance' : 'on the one instance';
  const lines: [string, string][] = [
    [
      'drivers',
      `${fleet.arrivals.count} of ${plannedDrivers} in after ${seconds(fleet.arrivals.lastAfterMs)}, for ${seconds(drivingMs)}`,
    ],
    ['fixes', `${tally.sent} sent, ${acknowledged} acknowledged, ${tally.stored} of them stored`],
    ['refused', totalOf(tally.refused) === 0 ? 'none' : listOf(tally.refused)],
    ['troubles of phones', tally.happened.size === 0 ? 'none' : listOf(tally.happened)],
    ...silenceLinesOf(fleet.silences),
    ['sent late', String(tally.sentLate)],
    [`seen ${where}`, `${tally.seen} positions, ${tally.superseded} superseded by newer ones`],
    ['unseen', `${tally.unseen}, while their dispatcher was away`],
    ['on the way', String(fleet.onTheWay)],
    ['lost', String(tally.lost)],
    [
      'delay',
      `p50 ${delay(0.5)}, p90 ${delay(0.9)}, p99 ${delay(0.99)}, ` +
        `max ${delays.count === 0 ? '-' : milliseconds(delays.maxMs).trim()}`,
    ],
    ['unplanned reconnects', String(tally.reconnects)],
  ];
  if (tally.stale > 0) lines.push(['stale', `${tally.stale}, kept in the history only`]);
  if (tally.duplicate > 0) lines.push(['sent twice', String(tally.duplicate)]);
  lines.push(...tripLinesOf(trips), ...talkLinesOf(talks));
  if (shares.links > 0)
    lines.push([
      'links to trips',
      `${shares.links} made, ${shares.followed} followed, ${counted(shares.positions, 'position')} seen by guests`,
    ]);
  if (tally.errors.size > 0) lines.push(['errors', listOf(tally.errors)]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return ['', 'Summary', ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join(
    '\n',
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}

/** What the server made of them: dispatchers see that a position is old, and who does not answer leaves the map. */
function silenceLinesOf({ begun, shown, back }: SilenceTally): [name: string, text: string][] {
  if (begun.size === 0) return [];
  const qualities = [PositionQuality.delayed, PositionQuality.stale, PositionQuality.lost];
  return [
    [
      'connected and silent',
      `${totalOf(begun)} (${listOf(begun)}): shown as ` +
        `${qualities.map((name) => `${name} ${shown.get(name) ?? 0}`).join(', ')}; ` +
        `off the map ${shown.get('gone') ?? 0}; live again ${back}`,
    ],
  ];
}

function talkLinesOf({ tally, onTheWay }: TripTalks): [name: string, text: string][] {
  const { trips, said, heard, early, lost, violations } = tally;
  if (said === 0) return [];
  return [
    [
      'chat',
      `${counted(said, 'message')} of passengers and drivers on ${counted(trips, 'trip')}: ` +
        `${heard} heard by the other one, ${early} said before it was there, ${onTheWay} on the way, ${lost} lost, ` +
        (violations.size === 0 ? 'all in order' : `OUT OF ORDER: ${listOf(violations)}`),
    ],
  ];
}
