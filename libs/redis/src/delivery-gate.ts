import { Injectable } from '@nestjs/common';
import { type StreamStanding } from './stream-follower.js';

/** Who knows whether this process has heard what must be known before anything is handed on. */
export interface DeliveryGuard {
  readonly standing: StreamStanding;
  /** Resolves once the standing is not `behind`, or no more. */
  settled(): Promise<void>;
  /** Called each time that the standing may have become `current`. */
  onCurrent(listener: () => void): void;
}

/**
 * Whether what Redis has sent may be handed on. A process that was stopped for a while finds old
 * messages and replies in its sockets, for people who may have lost the right to them meanwhile: it
 * learns first who that is (AUTH2). Always open where nobody guards it.
 */
@Injectable()
export class DeliveryGate {
  private guard: DeliveryGuard | undefined;
  private readonly listeners = new Set<() => void>();

  guardWith(guard: DeliveryGuard): void {
    this.guard = guard;
    guard.onCurrent(() => {
      for (const listener of this.listeners) listener();
    });
  }

  get standing(): StreamStanding {
    return this.guard?.standing ?? 'current';
  }

  get isOpen(): boolean {
    return this.standing === 'current';
  }

  /** Resolves at once unless this process is behind: then once it has caught up, or is cut off. */
  settled(): Promise<void> {
    return this.guard?.settled() ?? Promise.resolve();
  }

  /** Called whenever it may have opened. */
  onOpened(listener: () => void): void {
    this.listeners.add(listener);
  }
}
