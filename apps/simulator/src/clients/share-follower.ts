import { RidewireClient } from '#libs/client';

export interface ShareTally {
  links: number;
  /** Links by which the trip was seen. */
  followed: number;
  positions: number;
}

/** What ends a link as it should. */
const ENDS: ReadonlySet<string> = new Set(['SHARE_ENDED', 'CLOSED']);

/** Somebody without an account who follows a trip by its link. */
export class ShareFollower {
  private readonly client: RidewireClient;
  private hasSeen = false;

  constructor(server: string, share: string, tally: ShareTally, onTrouble: (what: string) => void) {
    this.client = new RidewireClient({ url: server, socket: { transports: ['websocket'] } });
    const link = this.client.namespace('/tracking', { auth: () => ({ share }) });
    link.on('share:trip', () => {
      if (!this.hasSeen) tally.followed += 1;
      this.hasSeen = true;
    });
    link.on('share:position', () => (tally.positions += 1));
    this.client.subscribe(() => {
      const { status, reason } = this.client.getState();
      if (status === 'closed' && reason && !ENDS.has(reason.code))
        onTrouble(`link of a trip: ${reason.code}`);
    });
    void this.client.connect();
  }

  close(): void {
    this.client.close();
  }
}
