import { useCallback, useEffect, useRef, useState } from 'react';
import { type Refusal, type RequestOptions, type RideLink, type Result } from '#libs/client';
import { OfferEndReason, type FactPayload } from '#libs/contracts/browser';

export type Offer = FactPayload<'/drivers', 'trip:assignment:offered'> & {
  /** By the clock of this device, epoch ms. */
  endsAt: number;
};

/** Why an offer is gone: it ended, or the answer to it was refused. */
export type LostOffer =
  { reason: string; refusal?: undefined } | { refusal: Refusal; reason?: undefined };

export interface OfferState {
  offer: Offer | null;
  /** Why the last one is gone without an answer of the driver. */
  lost: LostOffer | null;
  answer: (accepts: boolean) => Promise<Result<unknown>>;
}

/** The server judges whether an answer is in time; one of the last moment is heard all the same. */
const SHORTEST_TRY_MS = 5_000;

/**
 * For an answer to an offer: it is sent again until the offer ends. An offer is made once, so that an
 * answer that a broken connection swallowed would leave it to nobody. To answer twice does no harm.
 * @param endsAt by the clock of this device, epoch ms
 */
export function untilItEnds(endsAt: number): RequestOptions {
  return { deadlineMs: Math.max(SHORTEST_TRY_MS, endsAt - Date.now()) };
}

/** The offer that waits for the driver's answer; the server makes one at a time. */
export function useOffer(drives: RideLink<'/drivers'>): OfferState {
  const [offer, setOffer] = useState<Offer | null>(null);
  const [lost, setLost] = useState<LostOffer | null>(null);
  /** What the clock of the server is ahead of this device's. */
  const aheadMs = useRef(0);
  useEffect(() => {
    const withdraw = (gone: { assignmentId: string; reason?: string }): void =>
      setOffer((shown) => {
        if (shown?.assignmentId !== gone.assignmentId) return shown;
        setLost({ reason: gone.reason ?? OfferEndReason.expired });
        return null;
      });
    const ends = [
      drives.on('hello', ({ serverTime }) => void (aheadMs.current = serverTime - Date.now())),
      // The client confirms it to the server once this has run.
      drives.on('trip:assignment:offered', (offered) => {
        setOffer({ ...offered, endsAt: Date.parse(offered.expiresAt) - aheadMs.current });
        setLost(null);
        navigator.vibrate?.(300);
      }),
      drives.on('trip:offer:cancelled', withdraw),
      drives.on('trip:offer:expired', withdraw),
    ];
    return () => ends.forEach((end) => end());
  }, [drives]);
  const answer = useCallback(
    async (accepts: boolean): Promise<Result<unknown>> => {
      const { assignmentId = '', endsAt = 0 } = offer ?? {};
      const options = untilItEnds(endsAt);
      const result = accepts
        ? await drives.request('driver:offer:accept', { assignmentId }, options)
        : await drives.request('driver:offer:reject', { assignmentId, reason: 'other' }, options);
      setOffer((shown) => (shown?.assignmentId === assignmentId ? null : shown));
      if (!result.ok) setLost({ refusal: result.error });
      return result;
    },
    [drives, offer],
  );
  return { offer, lost, answer };
}
