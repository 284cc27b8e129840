import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import {
  InstanceDirectoryStore,
  LAYOUT,
  type InstanceContact,
} from './instance-directory.store.js';

export const INSTANCE_LEASE_MS = 10_000;
const RENEW_INTERVAL_MS = 3_000;
/** Ids that nobody has cost Redis one look in this time, however many clients make them up. */
const MIN_LOOK_INTERVAL_MS = 250;
const ID_BYTES = 6;
const KEY_BYTES = 32;

/**
 * The instances that live, as they are registered in Redis: where each is reached by the others, under a
 * lease, so that a dead one is forgotten. The list is kept here and read with each renewal.
 */
@Injectable()
export class InstanceDirectory implements OnApplicationShutdown {
  /** Of this start of the process: an instance that starts again at its address has another one. */
  readonly id = randomBytes(ID_BYTES).toString('base64url');
  /** Signs what others send to this instance; they read it in Redis. */
  readonly key = randomBytes(KEY_BYTES);
  private readonly renewal: BackgroundTask;
  private contact: InstanceContact | undefined;
  private live: ReadonlyMap<string, InstanceContact> = new Map();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly store: InstanceDirectoryStore,
    private readonly log: Log,
  ) {
    this.renewal = new BackgroundTask(log, 'renewing the address of this instance', async () => {
      await this.look();
      return true;
    });
  }

  /** Whether the others can find this instance. */
  get isRegistered(): boolean {
    return this.live.has(this.id);
  }

  /** From now on the others find this instance. Without Redis they do once it is back. */
  async join(host: string, port: number): Promise<void> {
    this.contact = { host, port, key: this.key };
    this.renewal.start(RENEW_INTERVAL_MS);
    try {
      await this.look();
    } catch (error) {
      this.log.warn({ err: error }, 'the address of this instance is not in Redis yet');
    }
  }

  /** Where an instance is reached; undefined for one that nobody has heard of. */
  async find(id: string): Promise<InstanceContact | undefined> {
    const known = this.live.get(id);
    if (known || !this.contact) return known;
    try {
      await this.lookOnceDue();
    } catch {
      // The renewal shows that Redis is away.
    }
    return this.live.get(id);
  }

  /**
   * Whether an instance lives that keeps records otherwise than this release.
   * What is known here is as old as the last renewal; that there is one is asked for again, so that all
   * instances agree on its end.
   * @throws RequestError REDIS_UNAVAILABLE where that cannot be known
   */
  async hasOlder(): Promise<boolean> {
    if (this.isRegistered && ![...this.live.values()].some(isOlder)) return false;
    return (await this.older()).length > 0;
  }

  /**
   * Addresses of the instances that live and keep records otherwise than this release, as Redis has them
   * now. One that has ended without a word is there until its lease is over.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async older(): Promise<string[]> {
    return (await this.store.list()).filter(isOlder).map(({ host, port }) => `${host}:${port}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.renewal.stop();
  }

  /** All that miss at the same time share one look. */
  private lookOnceDue(): Promise<void> {
    this.looking ??= this.waitAndLook().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async waitAndLook(): Promise<void> {
    const waitMs = this.lookedAt + MIN_LOOK_INTERVAL_MS - performance.now();
    if (waitMs > 0) await pause(waitMs);
    await this.look();
  }

  private async look(): Promise<void> {
    if (!this.contact) return;
    this.lookedAt = performance.now();
    this.live = await this.store.renew(this.id, this.contact, INSTANCE_LEASE_MS);
  }
}

function isOlder({ layout = 1 }: InstanceContact): boolean {
  return layout < LAYOUT;
}
