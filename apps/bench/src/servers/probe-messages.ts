export interface ProbeRequest {
  id: number;
  kind: 'read' | 'reset' | 'collect' | 'profile' | 'save-profile';
  /** Where the profile goes. */
  path?: string;
}

export interface ProbeAnswer {
  id: number;
  rssBytes: number;
  heapUsedBytes: number;
  externalBytes: number;
  /** By the port of the other side. */
  bytesReadFrom: Record<string, number>;
  bytesWrittenTo: Record<string, number>;
  /** How late the event loop was, since the last reset. */
  loopDelayMs: { p50: number; p99: number; max: number };
}
