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
