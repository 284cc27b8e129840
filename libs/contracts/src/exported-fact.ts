/**
 * One thing that happened to a trip, as companies read it: the JSON body of a webhook, and with text
 * in every field an entry of the stream. docs/EXPORTS.md describes both.
 */
export interface ExportedFact {
  /** Id of the stream entry; the same however often the fact is delivered. */
  id: string;
  /** What happened, in the past tense, e.g. `trip.completed`. */
  type: string;
  /** Id of the trip. Facts of one subject are delivered in order. */
  subject: string;
  /** Number of the event within its trip; with `subject` it names one fact. */
  version: number;
  /** When it happened, epoch ms. */
  at: number;
  /** What the type says of it. */
  data: unknown;
}

/** The fields of a stream entry; `version` and `at` are decimal, `data` is JSON. */
export type ExportedFactField = Exclude<keyof ExportedFact, 'id'>;

/** The headers of a webhook. */
export const WebhookHeader = {
  /** Id of the fact: the same at every attempt. */
  id: 'x-ridewire-id',
  /** When the attempt was made, epoch ms; it is part of what is signed. */
  timestamp: 'x-ridewire-timestamp',
  /** `v1=<hex>` for each configured secret, with commas between. */
  signature: 'x-ridewire-signature',
} as const;
