import { type Account } from '../clients/accounts.js';
import { type PassengerPlan } from '../plan/passenger-plan.js';
import { Rider, type RiderWorld } from './rider.js';

/** All passengers, spread over the servers. */
export class Rides {
  private readonly riders: Rider[] = [];
  private readonly lives: Promise<void>[] = [];
  private readonly ended = new AbortController();

  constructor(
    private readonly servers: readonly string[],
    private readonly world: RiderWorld,
  ) {}

  async join(account: Account, plan: PassengerPlan): Promise<void> {
    const server = this.servers[plan.index % this.servers.length]!;
    const rider = new Rider(server, account, plan, this.world);
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
