import { Injectable } from '@nestjs/common';

/** The one that was refused longest ago is forgotten first. */
const MOST = 1_000;

interface Refused {
  /** Until when even the cheapest call is refused, ms of a clock that never steps. */
  cheapestAt: number;
  /** From when on the dearest that was refused is let through. */
  dearestAt: number;
}

/**
 * Tokens of users who have nothing left, so that whoever goes on in spite of refusals is refused
 * before anybody looks at token and session again.
 */
@Injectable()
export class RefusedCallers {
  /** By the header that has the token. */
  private readonly refused = new Map<string, Refused>();

  note(authorization: string, { cheapestAt, dearestAt }: Refused): void {
    const before = this.refused.get(authorization)?.dearestAt ?? dearestAt;
    this.refused.delete(authorization);
    this.refused.set(authorization, { cheapestAt, dearestAt: Math.max(before, dearestAt) });
    if (this.refused.size <= MOST) return;
    const [oldest] = this.refused.keys();
    this.refused.delete(oldest!);
  }

  /** @returns how long to wait, ms, until whatever was refused is let through; 0 for not at all */
  waitOf(authorization: string, now: number): number {
    const refused = this.refused.get(authorization);
    if (refused === undefined) return 0;
    if (refused.cheapestAt > now) return Math.ceil(refused.dearestAt - now);
    this.refused.delete(authorization);
    return 0;
  }
}
