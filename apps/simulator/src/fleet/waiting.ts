/** Looks again and again. @throws Error with `what` at the deadline, a performance.now() */
export async function until(
  isTrue: () => boolean,
  deadline: number,
  what: () => string,
): Promise<void> {
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @throws Error with `what` when the promise takes longer */
export async function within(
  promise: Promise<void>,
  deadlineMs: number,
  what: () => string,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), deadlineMs);
  });
  await Promise.race([promise, overdue]).finally(() => clearTimeout(timer));
}

/** Runs a task for each item, a few at a time; the first failure ends it. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !hasFailed) {
      const index = next;
      next += 1;
      try {
        await task(items[index]!, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}
