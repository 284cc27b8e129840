import { type ConfigType, type qualityConfig } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { toViewportDriver, type FleetDriver, type ViewportChange } from '#libs/fleet';

const HEAD = `2${Namespace.admin},[${JSON.stringify('driver:viewport:frame')},`;

/**
 * Encodes the frames of one tick. A driver is encoded once, however many viewports show it; frames
 * are put together from these pieces as the Socket.IO packets that `emit` would have made.
 */
export class ViewportFrameEncoder {
  private readonly pieces = new Map<FleetDriver, string>();

  constructor(
    private readonly quality: ConfigType<typeof qualityConfig>,
    private readonly now: number,
  ) {}

  /** The text of the packet, ready for the connection. */
  encode({ reset, total, drivers, left, clusters }: ViewportChange): string {
    const shown = drivers.map((driver) => this.pieceOf(driver)).join(',');
    return (
      `${HEAD}{"at":${this.now},"reset":${reset},"total":${total},"drivers":[${shown}],` +
      `"left":${JSON.stringify(left)},"clusters":${JSON.stringify(clusters)}}]`
    );
  }

  private pieceOf(driver: FleetDriver): string {
    let piece = this.pieces.get(driver);
    if (piece === undefined) {
      piece = JSON.stringify(toViewportDriver(driver, this.now, this.quality));
      this.pieces.set(driver, piece);
    }
    return piece;
  }
}
