/** How long tests wait for what should come at once: a busy machine must not be taken for a fault. */
export const PATIENCE_MS = 60_000;

/** Waits until a condition holds; fails with its name when it does not in time. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Stops this process for so long, as a long turn or a starved machine does: no timer, no socket. */
export function blockEventLoop(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
