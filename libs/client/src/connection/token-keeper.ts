import { type Hello } from '#libs/contracts/browser';
import { type Refusal } from '../result.js';

/** Why a token is asked for. */
export type TokenReason = 'connecting' | 'expiring' | 'expired';

/**
 * Gives an access token. It is asked when one is needed, one question at a time: for `connecting` the
 * token at hand will do, for `expiring` and `expired` get a new one of the same session.
 * Throw `SessionEnded` when there is none any more; after any other error it is asked again.
 * @param signal aborted when the question is given up, after 10 s at the latest: hand it to the request,
 * so that no more than one refresh is ever under way
 */
export type GetToken = (reason: TokenReason, signal: AbortSignal) => string | Promise<string>;

/** Thrown by `getToken`: the user has to log in again. The client closes with the code. */
export class SessionEnded extends Error {
  constructor(readonly code: Refusal['code'] = 'AUTH_REQUIRED') {
    super('Log in again.');
    this.name = 'SessionEnded';
  }
}

/** A token that ends sooner than this is not used to connect. */
const USABLE_FOR_MS = 5_000;
/** The server takes the last refresh token again for 30 s: of a lost answer there are three tries. */
const QUESTION_TIMEOUT_MS = 10_000;

/** The token of the session, by the clock of the server. */
export class TokenKeeper {
  #token: string | undefined;
  /** By the clock of this device; unknown until the server has said it. */
  #endsAt = Infinity;
  #reason: TokenReason = 'connecting';
  #asking: Promise<string> | undefined;
  /** Aborted when the last question is given up: whatever is answered to it is not heeded. */
  #question = new AbortController();
  /** What to add to the clock of this device to have the server's. */
  #clockOffsetMs = 0;
  /** The token that is used to connect was made for that: a new one would be no better. */
  isFresh = false;
  readonly #getToken: GetToken | undefined;

  constructor(getToken: GetToken | undefined) {
    this.#getToken = getToken;
  }

  /** The one to connect with; undefined for a guest. @throws what `getToken` throws */
  async usable(): Promise<string | undefined> {
    this.isFresh = false;
    if (!this.#getToken) return undefined;
    if (this.#token && this.#endsAt - Date.now() > USABLE_FOR_MS) return this.#token;
    return this.renew(this.#token ? 'expiring' : this.#reason);
  }

  /** A new one; whoever asks meanwhile gets the same. */
  renew(reason: TokenReason): Promise<string> {
    if (!this.#asking) {
      const question = (this.#question = new AbortController());
      this.#asking = this.#ask(reason, question).finally(() => {
        if (question === this.#question) this.#asking = undefined;
      });
    }
    return this.#asking;
  }

  /** The question is not answered, e.g. by a request that hangs: the next one is asked anew. */
  giveUp(): void {
    this.#question.abort();
    this.#asking = undefined;
  }

  /** The server calls it expired, whatever the clocks say. */
  expire(): void {
    this.#token = undefined;
    this.#reason = 'expired';
  }

  greeted({ serverTime, expiresAt }: Hello): void {
    this.#clockOffsetMs = serverTime - Date.now();
    this.learnEnd(expiresAt);
  }

  /** @param expiresAt by the clock of the server, epoch milliseconds */
  learnEnd(expiresAt: number): void {
    this.#endsAt = expiresAt - this.#clockOffsetMs;
  }

  async #ask(reason: TokenReason, question: AbortController): Promise<string> {
    const answer = this.#getToken?.(reason, question.signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const givenUp = new Promise<never>((_, reject) => {
      question.signal.addEventListener('abort', () => reject(new Error('No token.')));
      timer = setTimeout(() => question.abort(), QUESTION_TIMEOUT_MS);
    });
    const token = await Promise.race([answer, givenUp]).finally(() => clearTimeout(timer));
    if (!token) throw new SessionEnded();
    this.#token = token;
    this.#endsAt = Infinity;
    this.#reason = 'connecting';
    this.isFresh = reason !== 'connecting';
    return token;
  }
}
