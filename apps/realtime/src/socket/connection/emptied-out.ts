/** Fewer than these leave nothing behind that is worth a pause. */
const MIN_DEPARTED = 1_000;
/** Of the most there were, so many may be left. */
const MAX_LEFT_SHARE = 0.1;

/** Tells once, after each crowd, that nearly all of it has left and nobody comes or goes. */
export class EmptiedOut {
  private most = 0;
  private last = 0;

  /** @param connections how many there are at this look; to be called at even intervals */
  look(connections: number): boolean {
    const isSteady = connections === this.last;
    this.last = connections;
    this.most = Math.max(this.most, connections);
    const hasEmptied =
      this.most - connections >= MIN_DEPARTED && connections <= this.most * MAX_LEFT_SHARE;
    if (!hasEmptied || !isSteady) return false;
    this.most = connections;
    return true;
  }
}
