/** Directions that a car is drawn in; the eye sees no difference between neighbours. */
const ANGLES = 32;

/** Small pictures of cars, one for each look and direction, as pixels to be copied. */
export class CarSprites {
  readonly size: number;
  private readonly pictures: Uint32Array[] = [];

  /**
   * @param colors one for each look, CSS
   * @param outline drawn around each car, CSS
   * @param scale pixels of the canvas for one of CSS
   */
  constructor(colors: readonly string[], outline: string, scale: number) {
    this.size = Math.round(22 * scale);
    for (const color of colors) {
      for (let angle = 0; angle < ANGLES; angle += 1)
        this.pictures.push(this.draw(color, outline, (angle / ANGLES) * 2 * Math.PI, scale));
    }
  }

  /** @param heading degrees clockwise from north */
  pictureOf(look: number, heading: number): Uint32Array {
    const angle = Math.round((heading / 360) * ANGLES) % ANGLES;
    return this.pictures[look * ANGLES + ((angle + ANGLES) % ANGLES)]!;
  }

  private draw(color: string, outline: string, radians: number, scale: number): Uint32Array {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = this.size;
    const context = canvas.getContext('2d')!;
    context.translate(this.size / 2, this.size / 2);
    context.rotate(radians);
    context.scale(scale, scale);
    context.beginPath();
    context.moveTo(0, -9);
    context.lineTo(6, 7);
    context.lineTo(0, 4);
    context.lineTo(-6, 7);
    context.closePath();
    context.lineJoin = 'round';
    context.lineWidth = 2.5;
    context.strokeStyle = outline;
    context.stroke();
    context.fillStyle = color;
    context.fill();
    const { data } = context.getImageData(0, 0, this.size, this.size);
    return new Uint32Array(data.buffer.slice(0));
  }
}
