import { type Account } from '../clients/accounts.js';
import { type Point } from '../drives/geography.js';
import { type Habits } from './habits.js';
import { Rider } from './rider.js';
import { type TripTally } from './trip-tally.js';

/** All passengers, spread over the servers. */
export class Rides {
  private readonly riders: Rider[] = [];
  private readonly lives: Promise<void>[] = [];
  private readonly ended = new AbortController();

  constructor(
    private readonly servers: readonly string[],
    private readonly habits: Habits,
    private readonly tally: TripTally,
    private readonly carSomewhere: () => Point | undefined,
    private readonly onTrouble: (what: string) => void,
  ) {}

  async join(account: Account, index: number): Promise<void> {
    const rider = new Rider(
      this.servers[index % this.servers.length]!,
      account,
      this.habits,
      this.tally,
      this.carSomewhere,
      this.onTrouble,
    );
    this.riders.push(rider);
    await rider.connect();
    this.lives.push(rider.live(this.ended.signal));
  }

  /** Nobody requests anything any more; what is under way is still listened to. */
  stop(): void {
    this.ended.abort();
  }

  close(): void {
    this.stop();
    for (const rider of this.riders) rider.close();
  }
}
