import { Injectable } from '@nestjs/common';

/** The one that was refused longest ago is forgotten first. */
const MOST = 1_000;

/**
 * Tokens of users who have nothing left, so that whoever goes on in spite of refusals is refused
 * before anybody looks at token and session again.
 */
@Injectable()
export class RefusedCallers {
  /** By the header that has the token: until when, ms of a clock that never steps. */
  private readonly until = new Map<string, number>();

  note(authorization: string, until: number): void {
    this.until.delete(authorization);
    this.until.set(authorization, until);
    if (this.until.size <= MOST) return;
    const [oldest] = this.until.keys();
    this.until.delete(oldest!);
  }

  /** @returns how long even the cheapest call has to wait, ms; 0 for not at all */
  waitOf(authorization: string, now: number): number {
    const until = this.until.get(authorization);
    if (until === undefined) return 0;
    if (until > now) return Math.ceil(until - now);
    this.until.delete(authorization);
    return 0;
  }
}
