import { AdminRequest, type ViewportFrame } from '#libs/contracts';
import { type Driver } from './driver.js';
import { type SocketIoClient } from './socket-io-client.js';
import { type Tally } from './tally.js';
import { ViewportPicture } from './viewport-picture.js';
import { type PlannedView } from './viewport-plan.js';
import { type FleetWatcher, type WatcherGroup } from './watcher-group.js';

const FRAME = Buffer.from(`["${'driver:viewport:frame'}"`);
const OK = '[{"ok":true';

/** A dispatcher who looks at a part of the map, and at another part after a while. */
export class ViewportWatcher implements FleetWatcher {
  readonly pictureCame: Promise<void>;
  private readonly picture: ViewportPicture;
  private readonly timer: NodeJS.Timeout | undefined;
  private turns = 0;
  /** The view that was asked for and has no ack yet; frames are of the one before until then. */
  private asked: PlannedView | undefined;
  private awaitsReset = true;

  /** @param views in turns, the first one is what it connected with */
  constructor(
    private readonly client: SocketIoClient,
    private readonly views: readonly PlannedView[],
    turnEveryMs: number,
    drivers: readonly Driver[],
    group: WatcherGroup,
    private readonly tally: Tally,
  ) {
    this.picture = new ViewportPicture(
      views[0]!,
      drivers.map(({ track }) => track),
      group,
      tally,
    );
    let isShown: () => void;
    this.pictureCame = new Promise((resolve) => (isShown = resolve));
    client.listener = {
      onEvent: (bytes, at, end) => {
        if (bytes.compare(FRAME, 0, FRAME.length, at, at + FRAME.length) !== 0) return;
        const [, frame] = JSON.parse(bytes.toString('utf8', at, end)) as [string, ViewportFrame];
        this.take(frame);
        isShown();
      },
      onAck: (bytes, at, end) => this.turned(bytes.toString('utf8', at, end)),
      onClose: (reason) => tally.problem(`a dispatcher was cut: ${reason}`),
    };
    if (views.length > 1) this.timer = setInterval(() => this.turn(), turnEveryMs);
  }

  get bytesIn(): number {
    return this.client.webSocket.bytesIn;
  }

  get bytesOut(): number {
    return this.client.webSocket.bytesOut;
  }

  countOutdated(): number {
    // An answer that is owed counts as well.
    return this.picture.countOutdated() + (this.asked || this.awaitsReset ? 1 : 0);
  }

  settle(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    if (this.asked || !this.client.isReady) return;
    this.turns += 1;
    this.asked = this.views[this.turns % this.views.length]!;
    const { box, zoom } = this.asked;
    const request = JSON.stringify([AdminRequest.viewportSet, { bbox: box, zoom }]);
    this.client.webSocket.sendText(`42/admin,${this.turns}${request}`);
  }

  private turned(text: string): void {
    if (!this.asked || !text.startsWith(`${this.turns}${OK}`)) {
      this.tally.problem(`a viewport was answered with ${text.slice(0, 100)}`);
      return;
    }
    this.picture.view = this.asked;
    this.asked = undefined;
    this.awaitsReset = true;
  }

  private take(frame: ViewportFrame): void {
    if (this.awaitsReset && !frame.reset)
      this.tally.problem('changes of a viewport came before what is in it');
    this.awaitsReset = false;
    this.picture.take(frame, performance.now());
  }
}
