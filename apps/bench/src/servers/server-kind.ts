/** What is measured: our server and its peers. */
export const ServerKind = {
  ridewire: 'ridewire',
  stockNest: 'stock-nest',
  stockNestAlone: 'stock-nest-alone',
  plainSocketIo: 'plain-socketio',
  bareWs: 'bare-ws',
} as const;
export type ServerKind = (typeof ServerKind)[keyof typeof ServerKind];

/** As the tables name them. */
export const titleOf: Record<ServerKind, string> = {
  [ServerKind.ridewire]: 'Ridewire',
  [ServerKind.stockNest]: 'stock Nest + Redis',
  [ServerKind.stockNestAlone]: 'stock Nest, no Redis',
  [ServerKind.plainSocketIo]: 'plain Socket.IO, no Redis',
  [ServerKind.bareWs]: 'bare ws, no Redis',
};

/** Whether two instances of it are one service. */
export const isClustered: Record<ServerKind, boolean> = {
  [ServerKind.ridewire]: true,
  [ServerKind.stockNest]: true,
  [ServerKind.stockNestAlone]: false,
  [ServerKind.plainSocketIo]: false,
  [ServerKind.bareWs]: false,
};
