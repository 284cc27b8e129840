/** Waits until a condition holds; fails with its name when it does not in time. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
