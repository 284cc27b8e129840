import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet } from '../fleet/fleet.js';

const LINES = [
  'Heavy traffic on the Rambla, I am slow today.',
  'The tunnel of 8 de Octubre is open again.',
  'Two passengers asked for a receipt by e-mail.',
  'Rain in Pocitos, people are waiting everywhere.',
  'My phone lost the network for a while, all good now.',
];
const FIRST_AFTER_MS = 15_000;
const GAP_MS = 60_000;

/** Now and then some driver tells the dispatcher who looks on how it goes. */
export async function tellDispatcher(
  fleet: Fleet,
  dispatcherId: string,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  await pause(FIRST_AFTER_MS);
  for (let i = 0; !signal.aborted; i += 1) {
    await fleet.writeFromSomebody(dispatcherId, LINES[i % LINES.length]!);
    await pause(GAP_MS);
  }
}
