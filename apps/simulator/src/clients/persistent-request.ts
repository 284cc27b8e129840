import { setTimeout as sleep } from 'node:timers/promises';
import { type Socket } from 'socket.io-client';
import { type Ack } from '#libs/contracts';

const ANSWER_DEADLINE_MS = 8_000;
const ATTEMPTS = 5;
const RETRY_AFTER_MS = 1_000;

/** A request that may be sent again: the server answers it as the first time. */
export interface PersistentRequest {
  event: string;
  payload: object;
}

/**
 * Asks until there is an answer that another try would not change.
 * @returns undefined when there is none, or the signal came first
 */
export async function askPersistently<T>(
  socket: Socket,
  { event, payload }: PersistentRequest,
  signal: AbortSignal,
): Promise<Ack<T> | undefined> {
  let last: Ack<T> | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt += 1) {
    last = await socket
      .timeout(ANSWER_DEADLINE_MS)
      .emitWithAck(event, payload)
      .then(
        (answer: Ack<T>) => answer,
        () => undefined,
      );
    if (last && (last.ok || !last.error.retryable)) return last;
    const retryAfterMs = last?.ok === false ? last.error.retryAfterMs : undefined;
    await sleep(retryAfterMs ?? RETRY_AFTER_MS, undefined, { signal }).catch(() => undefined);
  }
  return signal.aborted ? undefined : last;
}
