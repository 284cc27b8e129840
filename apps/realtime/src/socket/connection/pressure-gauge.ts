export interface PressureLimits {
  /** From here on it is too much. */
  limit: number;
  /** The share of the limit below which it is calm. */
  calm: number;
  /** Readings in a row that begin it, and that end it. */
  begin: number;
  end: number;
}

/** Whether a number has been too high for long enough, and not low enough for long enough since. */
export class PressureGauge {
  private over = false;
  /** Readings in a row that speak for the other state. */
  private against = 0;

  constructor(private readonly limits: PressureLimits) {}

  get isOver(): boolean {
    return this.over;
  }

  note(reading: number): void {
    const { limit, calm, begin, end } = this.limits;
    const speaksAgainst = this.over ? reading < limit * calm : reading >= limit;
    this.against = speaksAgainst ? this.against + 1 : 0;
    if (this.against < (this.over ? end : begin)) return;
    this.over = !this.over;
    this.against = 0;
  }
}
