import {
  FixVerdict,
  ImplausibleReason,
  RequestError,
  type LocationPingResult,
} from '#libs/contracts';

/** What a client does about each reason. */
const NEXT_STEP = {
  NOT_A_POSITION: 'Send lat and lng as numbers in degrees, with a point before the decimals.',
  CONTRADICTION: 'Send each value under one name, or the same value under each.',
  OUT_OF_RANGE: 'Send lat from -90 to 90 and lng from -180 to 180; they may be in the wrong order.',
  NULL_ISLAND: 'Wait until the device knows where it is.',
  BAD_TIMESTAMP: 'Send the time as ISO 8601 with date and time, or as epoch milliseconds.',
  FUTURE_TIMESTAMP: 'Correct the clock of the device by serverTime, or leave the time out.',
  TOO_OLD: 'Drop fixes this old; when they are new, correct the clock of the device by serverTime.',
  INACCURATE: 'Wait for a better fix of the satellites.',
  BAD_SEQUENCE: 'Send a whole sequence, with the epoch of hello or without any epoch.',
  JUMP: 'Go on sending: the third fix in a row at the new place is believed.',
} as const satisfies Record<ImplausibleReason, string>;

/** @throws RequestError FIX_REFUSED, unless any fix of the ping was fine, late or known */
export function refuseImplausible(result: LocationPingResult): LocationPingResult {
  const { results, serverTime } = result;
  const nextSteps: Partial<Record<ImplausibleReason, string>> = {};
  for (const { verdict, reason } of results) {
    if (verdict !== FixVerdict.implausible) return result;
    if (reason) nextSteps[reason] = NEXT_STEP[reason];
  }
  throw new RequestError('FIX_REFUSED', { details: { results, nextSteps, serverTime } });
}
