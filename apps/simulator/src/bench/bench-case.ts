import { type BenchContext } from './bench-context.js';

/** One row of figures; a cell is text already. */
export type Row = Record<string, string>;

export interface Target {
  /** As the issue states it. */
  text: string;
  figure: string;
  /** Undefined when there is no valid figure. */
  met: boolean | undefined;
}

export interface CaseReport {
  rows: Row[];
  targets: Target[];
  notes: string[];
  /** Every run with all of its figures, for the JSON. */
  runs: object[];
}

export interface BenchCase {
  number: number;
  title: string;
  run(context: BenchContext): Promise<CaseReport>;
}
