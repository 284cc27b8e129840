import { expect, it } from 'vitest';
import {
  FixVerdict,
  ImplausibleReason,
  type FixResult,
  type LocationPingResult,
} from '#libs/contracts';
import { encodePingResult } from './drivers.gateway.js';

it('[LOC1] an answer to a ping says of each fix what JSON would say, whatever its verdict', () => {
  // Names all fields there are: one that is added is missing here first.
  const whole: Required<FixResult> = {
    verdict: FixVerdict.implausible,
    reason: ImplausibleReason.jump,
    sequence: 7,
  };
  const optional = [undefined, ...Object.values(ImplausibleReason)];
  const all = Object.values(FixVerdict).flatMap((verdict) =>
    optional.flatMap((reason) =>
      [undefined, 0, 7, Number.MAX_SAFE_INTEGER].map((sequence): FixResult => {
        const withReason = reason === undefined ? { verdict } : { verdict, reason };
        return sequence === undefined ? withReason : { ...withReason, sequence };
      }),
    ),
  );
  for (const results of [[whole], all, ...all.map((result) => [result])]) {
    const result: Required<LocationPingResult> = { results, serverTime: 1_790_000_000_123 };
    expect(JSON.parse(encodePingResult(result))).toEqual(result);
  }
});
