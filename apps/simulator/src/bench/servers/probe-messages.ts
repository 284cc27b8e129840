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
  loopDelayMs: { p50: number; p99: number; max: number };
}
