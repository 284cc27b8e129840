import { type Map as Basemap } from 'maplibre-gl';

/** So much longer than the map takes to be drawn the others have the machine for themselves. */
const REST = 1.5;
const LONGEST_REST_MS = 1_000;
/** A hand that moves less has clicked. */
const CLICK_PIXELS = 3;

/**
 * Moves the map under the hand. Drawing all of a map takes a fifth of a second where there is no
 * graphics processor, and cars would stand still meanwhile: so the picture of the map is moved as it
 * is, and drawn anew only as often as leaves most of the time to the cars. With a graphics processor
 * that is each frame.
 */
export class PanGlide {
  /** The hand is so far ahead of the camera, pixels of CSS: whatever is drawn by the camera is drawn there. */
  x = 0;
  y = 0;
  /** And so far ahead of the picture of the map. */
  private pictureX = 0;
  private pictureY = 0;
  private hand: { id: number; x: number; y: number; hasMoved: boolean } | undefined;
  private isDrawing = false;
  private restsUntil = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly surface: HTMLElement;
  private readonly ends = new AbortController();

  /**
   * @param began told when a hand begins to move the map
   * @param moved told with each movement
   */
  constructor(
    private readonly map: Basemap,
    private readonly began: () => void,
    private readonly moved: () => void,
  ) {
    this.surface = map.getCanvasContainer();
    map.dragPan.disable();
    const { signal } = this.ends;
    this.surface.addEventListener('pointerdown', (event) => this.take(event), { signal });
    // A hand may leave the map and come back.
    window.addEventListener('pointermove', (event) => this.follow(event), { signal });
    for (const end of ['pointerup', 'pointercancel'] as const)
      window.addEventListener(end, (event) => this.letGo(event), { signal });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.ends.abort();
  }

  private take({
    button,
    shiftKey,
    ctrlKey,
    isPrimary,
    pointerId,
    clientX,
    clientY,
  }: PointerEvent) {
    // A second finger zooms, and with a key held the map has other uses of a hand.
    const isOurs = isPrimary && button === 0 && !shiftKey && !ctrlKey;
    if (!isOurs) return this.drop();
    this.hand = { id: pointerId, x: clientX, y: clientY, hasMoved: false };
  }

  private follow({ pointerId, clientX, clientY }: PointerEvent): void {
    const { hand } = this;
    if (!hand || hand.id !== pointerId) return;
    const [dx, dy] = [clientX - hand.x, clientY - hand.y];
    if (!hand.hasMoved) {
      if (Math.hypot(dx, dy) < CLICK_PIXELS) return;
      hand.hasMoved = true;
      this.surface.classList.add('is-held');
      this.began();
    }
    [hand.x, hand.y] = [clientX, clientY];
    this.x += dx;
    this.y += dy;
    this.pictureX += dx;
    this.pictureY += dy;
    this.place();
    this.moved();
    this.drawSoon();
  }

  private letGo({ pointerId }: PointerEvent): void {
    if (this.hand?.id === pointerId) this.drop();
  }

  private drop(): void {
    this.hand = undefined;
    this.surface.classList.remove('is-held');
    this.draw();
  }

  private drawSoon(): void {
    if (this.isDrawing || this.timer !== undefined) return;
    const waitMs = Math.max(0, this.restsUntil - performance.now());
    this.timer = setTimeout(() => this.draw(), waitMs);
  }

  /** The camera goes to where the hand is; the picture follows once it has been drawn there. */
  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.x === 0 && this.y === 0) return;
    const { map } = this;
    const { clientWidth, clientHeight } = map.getContainer();
    const center = map.unproject([clientWidth / 2 - this.x, clientHeight / 2 - this.y]);
    const beganAt = performance.now();
    this.isDrawing = true;
    this.x = this.y = 0;
    map.once('render', () => {
      // What the hand moved since the camera was moved.
      [this.pictureX, this.pictureY] = [this.x, this.y];
      this.place();
      // The next frame comes when this one has been drawn.
      requestAnimationFrame(() => requestAnimationFrame(() => this.rest(beganAt)));
    });
    map.jumpTo({ center });
  }

  private rest(beganAt: number): void {
    const now = performance.now();
    this.restsUntil = now + Math.min(LONGEST_REST_MS, (now - beganAt) * REST);
    this.isDrawing = false;
    if (this.x !== 0 || this.y !== 0) {
      if (this.hand) this.drawSoon();
      else this.draw();
    }
  }

  private place(): void {
    this.map.getCanvas().style.transform =
      this.pictureX === 0 && this.pictureY === 0
        ? ''
        : `translate(${this.pictureX}px, ${this.pictureY}px)`;
  }
}
