import { type TripMessage } from '#libs/contracts';

/** What one side got of the trips: the messages of each in the order in which they were written. */
export class TripAudience {
  total = 0;
  /** Of each trip: messages heard, and the newest version. */
  private readonly heard: number[];
  private readonly versions: number[];

  constructor(
    private readonly who: string,
    trips: number,
    private readonly problem: (text: string) => void,
  ) {
    this.heard = Array.from({ length: trips }, () => 0);
    this.versions = Array.from({ length: trips }, () => 0);
  }

  static textOf(trip: number, message: number): string {
    return `message ${message} to trip ${trip}`;
  }

  /** @returns the number of the message that was due, from 0 */
  hear(trip: number, { message, version }: TripMessage): number {
    const due = this.heard[trip] ?? 0;
    if (message !== TripAudience.textOf(trip, due))
      this.problem(`${this.who} heard "${message}" as number ${due} of trip ${trip}`);
    if (!(version > (this.versions[trip] ?? 0)))
      this.problem(`${this.who} heard an event twice or one that went back in time`);
    this.versions[trip] = version;
    this.heard[trip] = due + 1;
    this.total += 1;
    return due;
  }

  /** Of each trip so many messages must come. */
  checkCounts(messages: number): void {
    const isExact = this.heard.every((count) => count === messages);
    if (!isExact)
      this.problem(`${this.who} heard ${this.total} of ${messages * this.heard.length} messages`);
  }
}
