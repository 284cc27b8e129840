/** Tells the benchmark where the load is, and waits until it may go on. */
export type Checkpoint = (name: string) => Promise<void>;
