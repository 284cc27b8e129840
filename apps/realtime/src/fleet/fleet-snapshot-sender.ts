import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, type ConfigType } from '#libs/config';
import { type DriverSnapshot } from '#libs/contracts';
import { toLiveDriver, type FleetView } from '#libs/fleet';
import { DeliveryGate } from '#libs/redis';
import { unreadBytes } from '../socket/engine/insides.js';
import { Outbox } from '../socket/sending/outbox.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

const DRIVERS_PER_PART = 500;
/** The next part waits until the client has read most of the last. */
const MAX_UNREAD_BYTES = 128 * 1024;
const LOOK_AGAIN_MS = 20;

/** Sends all live drivers to one dispatcher, in parts and at the pace at which it reads. */
@Injectable()
export class FleetSnapshotSender {
  private turn: Promise<void> = Promise.resolve();

  constructor(
    @Inject(qualityConfig.KEY) private readonly settings: ConfigType<typeof qualityConfig>,
    private readonly gate: DeliveryGate,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Each part is made when it leaves, from the state of that moment: it is never older than the
   * changes that were sent before it.
   * @param onFirstPart called in the same turn as the first part is sent
   * @param isWanted asked before each part; the rest is left out once it says no
   */
  async send(
    socket: RealtimeSocket,
    view: FleetView,
    onFirstPart: () => void,
    isWanted: () => boolean,
  ): Promise<void> {
    const ids = view.ids();
    const parts = Math.max(1, Math.ceil(ids.length / DRIVERS_PER_PART));
    for (let part = 1; part <= parts; part += 1) {
      await this.nextTurn();
      await this.gate.settled();
      if (!socket.connected || !isWanted()) break;
      const now = Date.now();
      const snapshot: DriverSnapshot = { at: now, part, parts, total: ids.length, drivers: [] };
      for (const id of ids.slice((part - 1) * DRIVERS_PER_PART, part * DRIVERS_PER_PART)) {
        const driver = view.find(id);
        if (driver) snapshot.drivers.push(toLiveDriver(driver, now, this.settings));
      }
      this.outbox.admin.toSocket(socket, 'driver:snapshot', snapshot);
      if (part === 1) onFirstPart();
      await this.readBy(socket);
    }
  }

  /** One part a turn of the event loop, over all dispatchers: many that join delay no request. */
  private nextTurn(): Promise<void> {
    this.turn = this.turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.turn;
  }

  private async readBy(socket: RealtimeSocket): Promise<void> {
    while (socket.connected && unreadBytes(socket) > MAX_UNREAD_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}
