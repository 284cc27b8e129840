import { setTimeout as pause } from 'node:timers/promises';
import { RequestError } from '#libs/contracts';

const RETRY_MS = 200;

/**
 * Repeats a step that reads from Redis until Redis answers, or nobody wants it any more. After an
 * outage subscriptions may be back before commands are.
 */
export async function readUntilDone(
  step: () => Promise<void>,
  isWanted: () => boolean,
): Promise<void> {
  while (isWanted()) {
    try {
      await step();
      return;
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'REDIS_UNAVAILABLE') throw error;
    }
    await pause(RETRY_MS);
  }
}
