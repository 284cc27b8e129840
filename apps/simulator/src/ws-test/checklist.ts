import { CheckFailure, type Say } from './check-socket.js';

/** What was checked: a line each as it comes out, and all of them again at the end. */
export class Checklist {
  private readonly lines: string[] = [];
  private readonly failures: string[] = [];
  private passed = 0;

  constructor(private readonly say: Say) {}

  /** Takes a step; what comes after it needs it, so its failure goes on to the caller. */
  async step<T>(title: string, action: () => Promise<T>): Promise<T> {
    try {
      const result = await action();
      this.pass(title);
      return result;
    } catch (error) {
      if (error instanceof CheckFailure) this.fail(title, [error.message]);
      throw error;
    }
  }

  /** Notes what is wrong, if anything, and lets the rest go on. */
  expect(title: string, faults: readonly string[]): void {
    if (faults.length === 0) this.pass(title);
    else this.fail(title, faults);
  }

  /** Steps that belong together: when one fails, those after it are left out. */
  async section(name: string, steps: () => Promise<void>): Promise<void> {
    this.note(`--- ${name}`);
    try {
      await steps();
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      this.note(`      what follows of "${name}" is left out`);
    }
  }

  /** Something that cannot be checked here, and why. */
  leaveOut(what: string): void {
    this.note(`      not checked: ${what}`);
  }

  /** @throws CheckFailure that names all that failed */
  conclude(): void {
    this.say('');
    for (const line of this.lines) this.say(line);
    this.say(`--- ${this.passed} passed, ${this.failures.length} failed`);
    if (this.failures.length > 0) throw new CheckFailure(this.failures.join('\n'));
  }

  private pass(title: string): void {
    this.passed += 1;
    this.note(`PASS  ${title}`);
  }

  private fail(title: string, faults: readonly string[]): void {
    const failure = `${title}: ${faults.join('; ')}`;
    this.failures.push(failure);
    this.note(`FAIL  ${failure}`);
  }

  private note(line: string): void {
    this.lines.push(line);
    this.say(line);
  }
}
