/** Lets one loop wait until something has happened since it last looked, or the time is up. */
export class Wakeup {
  private isRung = false;
  private release: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.release?.();
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.release = undefined;
    }
    this.isRung = false;
  }
}
