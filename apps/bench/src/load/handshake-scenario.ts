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
   * `come and go`: each client leaves a moment after its welcome. `reconnect`: all are connected, their
   * connections break at the same time, and all come again at once and stay.
   */
  mode: { kind: 'come and go'; measureMs: number } | { kind: 'reconnect' };
  /** So many clients are on their way at a time, except when all come at once. */
  lanes: number;
  /** So many come before anything is measured: in production all code was compiled long ago. */
  warmUpHandshakes: number;
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
