import { type RunDetails } from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of `npm run test:fuzz -- --seed N`; absent for another one each time. */
    fuzzSeed: number | undefined;
  }
}

/** The seed of this run, printed: the same one gives the same payloads. */
export function fuzzSeed(of: string): number {
  const seed = inject('fuzzSeed') ?? Date.now() % 2 ** 31;
  process.stdout.write(`SEED of ${of}: ${seed}; again: npm run test:fuzz -- --seed ${seed}\n`);
  return seed;
}

/** Fails with the one answer that was wrong: the batch around it is as long as a book. */
export function sayShort<T>({
  failed,
  seed,
  counterexamplePath,
  errorInstance,
}: RunDetails<T>): void {
  if (!failed) return;
  const said = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(`seed ${seed}, path ${counterexamplePath}: ${said.slice(0, 2_000)}`, {
    cause: errorInstance,
  });
}
