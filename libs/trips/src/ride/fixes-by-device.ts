import { distanceMeters } from '#libs/location';
import { type WayPoint } from './driven-way.js';

/** A fix with the connection that brought it. */
export interface ReportedFix extends WayPoint {
  /** Counts up by connections of the driver; 0 over REST. */
  connectionEpoch: number;
  /** Epoch ms. */
  receivedAt: number;
}

/** Two connections that both bring so many fixes for so long are two devices. */
const SIMULTANEOUS_FIXES = 3;
const SIMULTANEOUS_MS = 2_000;
/** More connections in one ride are a phone with a bad network, and not so many devices. */
const MOST_CONNECTIONS = 200;

/**
 * The fixes of a ride by the device that measured them. A phone that connects again goes on where it
 * was; connections that are heard at the same time belong to devices of their own, e.g. to a tablet
 * that was left at home: a way over the fixes of both would lead to and fro.
 * @param fixes by time; so is each list
 */
export function fixesByDevice<Fix extends ReportedFix>(fixes: readonly Fix[]): Fix[][] {
  const connections = Map.groupBy(fixes, ({ connectionEpoch }) => connectionEpoch);
  if (connections.size <= 1 || connections.size > MOST_CONNECTIONS) return [[...fixes]];
  const byBegin = [...connections.values()]
    .map((each) => each.toSorted((a, b) => a.receivedAt - b.receivedAt))
    .toSorted((a, b) => a[0]!.receivedAt - b[0]!.receivedAt);
  const devices: Fix[][] = [];
  for (const connection of byBegin) {
    const [first] = connection as [Fix, ...Fix[]];
    const [device] = devices
      .filter((each) => !isSimultaneous(each, connection))
      .toSorted((a, b) => distanceMeters(a.at(-1)!, first) - distanceMeters(b.at(-1)!, first));
    if (device) device.push(...connection);
    else devices.push([...connection]);
    device?.sort((a, b) => a.receivedAt - b.receivedAt);
  }
  const deviceOf = new Map(devices.flatMap((each, i) => each.map((fix) => [fix, i] as const)));
  return devices.map((_, i) => fixes.filter((fix) => deviceOf.get(fix) === i));
}

/** @param device fixes by the time of receipt, as those of the connection */
function isSimultaneous(device: readonly ReportedFix[], connection: readonly ReportedFix[]) {
  const from = connection[0]!.receivedAt;
  const until = Math.min(device.at(-1)!.receivedAt, connection.at(-1)!.receivedAt);
  return [device, connection].every((each) => {
    const heard = each.filter(({ receivedAt }) => receivedAt >= from && receivedAt <= until);
    // Fixes that had waited somewhere come at once, and do not count.
    const forMs = (heard.at(-1)?.receivedAt ?? 0) - (heard[0]?.receivedAt ?? 0);
    return heard.length >= SIMULTANEOUS_FIXES && forMs >= SIMULTANEOUS_MS;
  });
}
