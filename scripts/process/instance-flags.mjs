/**
 * What Node runs an instance with. `--max-semi-space-size` (MB): by default V8 lets the space of
 * young objects grow to 32 MB and more and never gives it back, for every instance.
 * `--no-allocation-site-pretenuring`: V8 takes objects that live as long as a ping waits for Redis for
 * ones that stay, and puts all of their kind among the old ones, where only a full collection finds
 * them dead: 30 to 100 MB more under load. `--expose-gc`: the instance gives memory back itself when
 * its clients have left, see MemoryRelease.
 */
export const instanceFlags = [
  '--enable-source-maps',
  '--max-semi-space-size=8',
  '--no-allocation-site-pretenuring',
  '--expose-gc',
];
