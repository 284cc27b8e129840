/**
 * What Node runs every server under test with: the launcher runs the benchmark itself with the
 * flags that it gives an instance of Ridewire. The load generator has none of them.
 */
export const nodeFlags: readonly string[] = process.execArgv;
