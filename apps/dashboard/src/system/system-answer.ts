/** As `GET /api/admin/system` says it; docs/api has the meaning of each field. */
export interface Figures {
  connections: number;
  requestsPerSecond: number;
  messagesPerSecond: number;
  deliveryP50Ms: number | null;
  deliveryP99Ms: number | null;
  redisP50Ms: number | null;
  redisP99Ms: number | null;
  loopBusy: number;
  memoryBytes: number;
  refusals: Record<string, number>;
}

export interface Instance {
  id: string;
  host: string;
  port: number;
  version: string;
  startedAt: string;
  connections: number;
  draining: boolean;
  pressure: string | null;
  figures: Figures | null;
  isLive: boolean;
  silentMs: number;
}

export interface RedisFigures {
  version: string;
  uptimeMs: number;
  usedMemoryBytes: number;
  maxMemoryBytes: number | null;
  clients: number;
  commandsPerSecond: number;
  evictedKeys: number;
  isLogged: boolean;
  isSaved: boolean;
}

export interface RedisServer {
  address: string;
  role: string;
  replicas: number;
  figures: RedisFigures | null;
}

export interface SystemAnswer {
  at: number;
  answeredBy: string;
  instances: Instance[];
  redis: RedisFigures & { mode: string; servers: RedisServer[] };
  webhooks: { endpoint: string; waiting: number }[];
  deadLetters: number;
}

export interface Sample extends Figures {
  at: number;
}

export interface History {
  id: string;
  samples: Sample[];
}
