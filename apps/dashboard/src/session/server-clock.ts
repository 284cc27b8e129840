/** An answer may be so long on its way, and a clock that is so little wrong misleads nobody. */
const WRONG_CLOCK_MS = 5_000;

/** How far the clock of the server is ahead of ours. */
let aheadMs = 0;

/** The server has said what time it is. @param serverMs epoch ms */
export function noteServerTime(serverMs: number): void {
  const measured = serverMs - Date.now();
  if (Number.isFinite(measured) && Math.abs(measured - aheadMs) > WRONG_CLOCK_MS)
    aheadMs = Math.abs(measured) > WRONG_CLOCK_MS ? measured : 0;
}

/** The time by the clock of the server, epoch ms: that of this device may be wrong by hours. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** A moment that the server names, by the clock of this page. @param at ISO 8601 or epoch ms */
export function toPageTime(at: string | number): number {
  return new Date(at).getTime() - aheadMs;
}

/** A moment by the clock of this page as the server would name it, epoch ms. */
export function toServerTime(at: number): number {
  return at + aheadMs;
}
