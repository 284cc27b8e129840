/** Prints what a case measured: docs/RELIABILITY.md has the figures that were measured last. */
export function printFigures(what: string, figures: object): void {
  process.stdout.write(`FIGURES ${what}: ${JSON.stringify(figures)}\n`);
}

/** Seconds with one digit. */
export function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
