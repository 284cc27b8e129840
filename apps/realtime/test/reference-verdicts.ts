import { type TraceFix } from '#libs/testing';

/**
 * The published rules for fixes of one driver that are sent in the order of their time (PROTOCOL.md,
 * ORD2 and LOC3), written a second time, from the text and not from the script, to judge the script.
 */
export function referenceVerdicts(
  fixes: readonly TraceFix[],
  limits: { maxSpeedMps: number; slackMeters: number },
): string[] {
  let live: TraceFix | undefined;
  let witnesses: TraceFix[] = [];
  const believable = (from: TraceFix, to: TraceFix) =>
    metersBetween(from, to) <=
    limits.slackMeters + (limits.maxSpeedMps * Math.abs(to.timestamp - from.timestamp)) / 1_000;
  return fixes.map((fix) => {
    if (live && fix.timestamp === live.timestamp) return 'duplicate';
    if (live && fix.timestamp < live.timestamp) return 'stale';
    if (live && !believable(live, fix)) {
      const last = witnesses.at(-1);
      if (last?.timestamp === fix.timestamp) return 'JUMP';
      const agrees = last && fix.timestamp - last.timestamp <= 120_000 && believable(last, fix);
      witnesses = agrees ? [...witnesses, fix] : [fix];
      if (witnesses.length < 3) return 'JUMP';
    }
    live = fix;
    witnesses = [];
    return 'stored';
  });
}

/** Spherical law of cosines would lose metres here; this is the haversine by chord length. */
function metersBetween(a: TraceFix, b: TraceFix): number {
  const toVector = ({ lat, lng }: TraceFix) => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lng * Math.PI) / 180];
    return [
      Math.cos(phi) * Math.cos(lambda),
      Math.cos(phi) * Math.sin(lambda),
      Math.sin(phi),
    ] as const;
  };
  const [va, vb] = [toVector(a), toVector(b)];
  const chord = Math.hypot(va[0] - vb[0], va[1] - vb[1], va[2] - vb[2]);
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, chord / 2));
}
