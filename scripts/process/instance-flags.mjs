/**
 * What Node runs an instance with. `--max-semi-space-size` (MB): by default V8 lets the space of
 * young objects grow to 32 MB and more and never gives it back, for every instance. `--expose-gc`:
 * the instance gives memory back itself when its clients have left, see MemoryRelease.
 */
export const instanceFlags = ['--enable-source-maps', '--max-semi-space-size=8', '--expose-gc'];
