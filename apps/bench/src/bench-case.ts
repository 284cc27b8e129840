import { type BenchContext } from './bench-context.js';
import { type ServerKind } from './servers/server-kind.js';

/** One row of figures; a cell is text already. */
export type Row = Record<string, string>;

export interface Target {
  /** What is measured. */
  what: string;
  /** The figure of each server that has one. */
  figures: Partial<Record<ServerKind, string>>;
  /** What the figure of Ridewire should be; null for figures that only belong to the picture. */
  target: string | null;
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
  /** Connections that one server and the load generator have open at once. */
  connections(isQuick: boolean): number;
  run(context: BenchContext): Promise<CaseReport>;
}

/** Whether a figure keeps to its limit; undefined without a figure. */
export function isWithin(figure: number, limit: number): boolean | undefined {
  return Number.isNaN(figure) ? undefined : figure <= limit;
}
