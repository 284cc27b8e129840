import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { networkOf } from '#libs/auth';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';
import { ConnectionGuard } from './connection-guard.js';

type Connection = RealtimeSocket['conn'];

interface GuestsOfNetwork {
  connections: number;
  /** Those that came since the last window began. */
  newcomers: number;
}

/** As many guests of one address as may be here at once may come anew in this time. */
const WINDOW_MS = 10_000;

const TOO_MANY_GUESTS =
  'Too many clients without an account come from this address. Log in, or connect again later.';

/** Guests have no account, so that they are counted by their address. */
@Injectable()
export class GuestLimits implements OnApplicationShutdown {
  /** By IPv4 address, and by network in IPv6. */
  private readonly byNetwork = new Map<string, GuestsOfNetwork>();
  private readonly known = new WeakSet<Connection>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly guard: ConnectionGuard,
  ) {
    this.timer = setInterval(() => this.beginWindow(), WINDOW_MS);
    this.timer.unref();
  }

  /**
   * Counts a connection that is let in without an account, once however many namespaces it joins.
   * @throws RequestError TOO_MANY_CONNECTIONS
   */
  admit(connection: Connection): void {
    if (this.known.has(connection)) return;
    const network = networkOf(this.guard.clientOf(connection).address ?? '');
    const guests = this.byNetwork.get(network) ?? { connections: 0, newcomers: 0 };
    const { maxGuestsPerAddress } = this.settings;
    if (Math.max(guests.connections, guests.newcomers) >= maxGuestsPerAddress) {
      throw new RequestError('TOO_MANY_CONNECTIONS', {
        message: TOO_MANY_GUESTS,
        retryAfterMs: WINDOW_MS,
      });
    }
    this.known.add(connection);
    guests.connections += 1;
    guests.newcomers += 1;
    this.byNetwork.set(network, guests);
    connection.once('close', () => (guests.connections -= 1));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private beginWindow(): void {
    for (const [network, guests] of this.byNetwork) {
      guests.newcomers = 0;
      if (guests.connections === 0) this.byNetwork.delete(network);
    }
  }
}
