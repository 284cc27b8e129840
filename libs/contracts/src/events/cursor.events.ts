/** Somebody whose pointer is shown. */
export interface CursorPerson {
  /** Stands for the person in the frames of this connection, until it has left. */
  id: number;
  userId: string;
  /** That of the account. */
  name: string;
  /** `#rrggbb`, the same on all screens. */
  color: string;
}

/** `cursor:frame`: the pointers on a board, at most 20 times a second. What is absent is empty. */
export interface CursorFrame {
  /** `desk` on /admin; on /chat the id of the conversation. */
  board: string;
  /** True: these are all pointers, whatever was shown before. */
  reset?: true;
  /** Who they belong to, once a person. */
  people?: CursorPerson[];
  /** `[id, x, y]` of each pointer that has moved. */
  moved?: [id: number, x: number, y: number][];
  /** Ids of pointers that are gone. */
  left?: number[];
}
