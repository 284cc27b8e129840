/** A fact that a webhook gave up. What it says of the trip stays in Redis. */
export interface DeadLetter {
  /** Of the dead letter, to replay it by. */
  id: string;
  /** Name of the webhook. */
  endpoint: string;
  factId: string;
  /** Empty, like `version` and `at` are null, when what was appended is no fact. */
  type: string;
  subject: string;
  version: number | null;
  /** When it happened, ISO 8601. */
  at: string | null;
  reason: string;
  attempts: number;
  /** When it was given up, ISO 8601. */
  diedAt: string;
}
