/** What is measured: our server and its peers. */
export const ServerKind = {
  ridewire: 'ridewire',
  /** The same with METRICS_PORT, asked for its metrics every few seconds. */
  ridewireMetered: 'ridewire-metered',
  stockNest: 'stock-nest',
  stockNestAlone: 'stock-nest-alone',
  plainSocketIo: 'plain-socketio',
  bareWs: 'bare-ws',
} as const;
export type ServerKind = (typeof ServerKind)[keyof typeof ServerKind];

/** As the tables name them. */
export const titleOf: Record<ServerKind, string> = {
  [ServerKind.ridewire]: 'Ridewire',
  [ServerKind.ridewireMetered]: 'Ridewire, metrics served',
  [ServerKind.stockNest]: 'stock Nest + Redis',
  [ServerKind.stockNestAlone]: 'stock Nest, no Redis',
  [ServerKind.plainSocketIo]: 'plain Socket.IO, no Redis',
  [ServerKind.bareWs]: 'bare ws, no Redis',
};

/** Whether two instances of it are one service. */
export const isClustered: Record<ServerKind, boolean> = {
  [ServerKind.ridewire]: true,
  [ServerKind.ridewireMetered]: true,
  [ServerKind.stockNest]: true,
  [ServerKind.stockNestAlone]: false,
  [ServerKind.plainSocketIo]: false,
  [ServerKind.bareWs]: false,
};

export function isOurs(kind: ServerKind): boolean {
  return kind === ServerKind.ridewire || kind === ServerKind.ridewireMetered;
}

/** What a case compares: ours and its peers, or ours without and with metrics. */
export function kindsFor({ metrics }: { metrics: boolean }): ServerKind[] {
  if (metrics) return [ServerKind.ridewire, ServerKind.ridewireMetered];
  return Object.values(ServerKind).filter((kind) => kind !== ServerKind.ridewireMetered);
}
