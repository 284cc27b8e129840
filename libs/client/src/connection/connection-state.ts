import { type Refusal } from '../result.js';

export type ConnectionStatus =
  /** Not connected yet; it is being tried. */
  | 'connecting'
  /** Everything is up to date, requests are answered. */
  | 'ready'
  /** It was ready and is coming back: what is shown may be outdated for a moment. */
  | 'resuming'
  /** A try has failed; the next one comes by itself at `retryAt`. */
  | 'offline'
  /** For good: by the app, or because another try would not help. `reason` says which. */
  | 'closed';

export interface ConnectionState {
  status: ConnectionStatus;
  /** Why it is not ready; null when nothing went wrong. */
  reason: Refusal | null;
  /** When the next try comes, by the clock of this device, epoch milliseconds; null while one is under way. */
  retryAt: number | null;
}
