import { type Quantiles } from '../quantiles.js';
import { type Auth } from './socket-io-client.js';
import { type ObservedProcess, type WindowUsage } from './usage-window.js';

/** Clients that come: one after the other in some lanes, or all at once. */
export interface HandshakeScenario {
  kind: 'handshakes';
  isSocketIo: boolean;
  port: number;
  auths: Auth[];
  readyEvent?: string;
  /**
   * `lanes`: each client leaves when it was welcomed; so many come before anything is measured, as an
   * instance in production has compiled its code long ago. `reconnect`: all are connected, their
   * connections break at the same time, and all come again at once and stay.
   */
  mode:
    | { kind: 'lanes'; lanes: number; warmUpHandshakes: number; measureMs: number }
    | { kind: 'reconnect' };
  observed: ObservedProcess[];
}

export interface HandshakeResult extends WindowUsage {
  problems: string[];
  handshakes: number;
  /** From the first attempt to the welcome. */
  welcomeMs: Quantiles;
  /** Attempts that the server refused with "try again". */
  refusals: number;
  /** Of welcomed clients, until the welcome. */
  bytesIn: number;
  bytesOut: number;
}
