import { type UserType } from '#libs/contracts';
import { type Account } from '../clients/accounts.js';
import { inTurns } from '../fleet/waiting.js';
import { type People } from '../people/people.js';

/** People of one kind who come. */
export interface Crowd {
  userType: UserType;
  count: number;
  join(account: Account, index: number): Promise<void>;
}

export interface JoiningOptions {
  people: People;
  /** How many there are. */
  servers: number;
  signal: AbortSignal;
}

/** Accounts may take a while to make: everybody sets off as soon as they have one, all kinds at a time. */
export class Joining {
  private readonly ended = new AbortController();
  private readonly failure = new AbortController();
  private readonly done: Promise<void>;

  constructor({ people, servers, signal }: JoiningOptions, crowds: readonly Crowd[]) {
    const untilEnd = AbortSignal.any([signal, this.ended.signal]);
    const largest = Math.max(...crowds.map(({ count }) => count));
    const all = crowds.map(({ userType, count, join }) => {
      // The smaller crowds come in between, so that trips begin early.
      const isLargest = count === largest;
      const atOnce = isLargest ? people.atOncePerServer : Math.ceil(people.atOncePerServer / 4);
      const indexes = Array.from({ length: count }, (_, i) => i);
      return inTurns(indexes, atOnce * servers, async (index) => {
        untilEnd.throwIfAborted();
        await join(await people.take(userType, index), index);
      });
    });
    this.done = Promise.all(all).then(
      () => undefined,
      (error: unknown) => {
        if (!untilEnd.aborted) this.failure.abort(error);
      },
    );
  }

  get failed(): AbortSignal {
    return this.failure.signal;
  }

  /** Lets nobody else join. @throws what kept people from joining */
  async end(): Promise<void> {
    this.ended.abort();
    await this.done;
    this.failed.throwIfAborted();
  }
}
