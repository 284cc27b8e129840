/** Directions that a car is drawn in; the eye sees no difference between neighbours. */
const ANGLES = 32;

/** A small picture of a car: only what is opaque, which is a quarter of its square. */
export interface CarPicture {
  /** Of each pixel, from the upper left corner of the square. */
  columns: Uint8Array;
  rows: Uint8Array;
  /** The same as one number, for the canvas that `fit` was told of. */
  offsets: Int32Array;
  colors: Uint32Array;
}

/** Pictures of cars, one for each look and direction, as pixels to be copied. */
export class CarSprites {
  readonly size: number;
  private readonly pictures: CarPicture[] = [];

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

  /** @param width of the canvas that they are copied to, pixels */
  fit(width: number): void {
    for (const { columns, rows, offsets } of this.pictures)
      for (let i = 0; i < offsets.length; i += 1) offsets[i] = rows[i]! * width + columns[i]!;
  }

  /** @param heading degrees clockwise from north */
  pictureOf(look: number, heading: number): CarPicture {
    const angle = Math.round((heading / 360) * ANGLES) % ANGLES;
    return this.pictures[look * ANGLES + ((angle + ANGLES) % ANGLES)]!;
  }

  private draw(color: string, outline: string, radians: number, scale: number): CarPicture {
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
    const pixels = new Uint32Array(data.buffer);
    const opaque = [...pixels.keys()].filter((at) => pixels[at]! >>> 24 > 127);
    const columns = opaque.map((at) => at % this.size);
    const rows = opaque.map((at) => Math.floor(at / this.size));
    return {
      columns: Uint8Array.from(columns),
      rows: Uint8Array.from(rows),
      offsets: new Int32Array(opaque.length),
      colors: Uint32Array.from(opaque, (at) => pixels[at]!),
    };
  }
}
