/** Stops this process for so long, as a long turn or a starved machine does: no timer, no socket. */
export function blockEventLoop(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
