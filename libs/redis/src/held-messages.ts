interface HeldMessage {
  channel: Buffer;
  message: Buffer;
}

/** Beyond this number or age all are given up: followers then read anew what they missed. */
const MAX_HELD = 20_000;
const MAX_HELD_MS = 30_000;

/** Messages that wait until they may be handed on, in the order in which they came. */
export class HeldMessages {
  private waiting: HeldMessage[] = [];
  private since = 0;
  private lost = false;

  get isEmpty(): boolean {
    return this.waiting.length === 0 && !this.lost;
  }

  add(channel: Buffer, message: Buffer): void {
    if (this.waiting.length === 0) this.since = performance.now();
    if (this.waiting.length >= MAX_HELD || performance.now() - this.since > MAX_HELD_MS) {
      this.waiting = [];
      this.lost = true;
    }
    if (!this.lost) this.waiting.push({ channel, message });
  }

  /** @returns whether messages have been given up meanwhile; the next call knows of none */
  release(handOn: (channel: Buffer, message: Buffer) => void): boolean {
    const { waiting, lost } = this;
    this.waiting = [];
    this.lost = false;
    for (const { channel, message } of waiting) handOn(channel, message);
    return lost;
  }
}
