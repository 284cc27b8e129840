import { type Quantiles } from '../quantiles.js';
import { type Auth } from './socket-io-client.js';
import { type ObservedProcess, type WindowUsage } from './usage-window.js';
import { type PlannedView } from './viewport-plan.js';

/** Drivers that send fixes to one instance, and dispatchers who watch there and elsewhere. */
export interface PingScenario {
  kind: 'pings';
  isSocketIo: boolean;
  port: number;
  /** CONNECT payloads, one a driver. */
  driverAuths: Auth[];
  readyEvent?: string;
  watchers: WatcherPlan[];
  /** Fixes a second of the whole fleet; none: each driver waits for the ack. */
  perSecond?: number;
  warmUpMs: number;
  /** What comes on top of that in a closed loop: the warm-up lasts until so many acks came. */
  warmUpAcks: number;
  measureMs: number;
  /** Processes whose CPU time is taken over the measured part. */
  observed: ObservedProcess[];
}

export interface WatcherPlan {
  name: string;
  port: number;
  auths: Auth[];
  sees: Sight;
}

/** `each`: every fix in order; `newest`: the whole fleet, the newest fix of each; or parts of the map in turns. */
export type Sight =
  | { kind: 'each' }
  | { kind: 'newest' }
  | {
      kind: 'views';
      /** By watcher; the first view is asked for on connecting. */
      views: PlannedView[][];
      turnEveryMs: number;
    };

export interface PingResult extends WindowUsage {
  /** Empty in a run that counts. */
  problems: string[];
  sent: number;
  acks: number;
  /** Fixes that were due and not sent, because too many had no answer yet. */
  heldBack: number;
  /** Without an answer when the measured part began and ended. */
  unanswered: [before: number, after: number];
  ackMs: Quantiles;
  watchers: { name: string; deliveries: number; delayMs: Quantiles }[];
  bytesIn: number;
  bytesOut: number;
  /** From the beginning of the measured part until the last ack and delivery had come. */
  settled: { acks: number; cpuMs: Record<string, number> };
}
