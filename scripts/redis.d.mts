/** A Redis server that somebody else runs (REDIS_URL). */
export interface ExternalRedis {
  kind: 'external';
  url: string;
  version: string;
}

/** A server program of this machine. */
export interface RedisProgram {
  kind: 'path' | 'debian';
  program: string;
  env: NodeJS.ProcessEnv;
  version: string;
}

/** The imitation in JavaScript: no persistence, slow, not all commands. */
export interface JsRedis {
  kind: 'js';
}

export interface RedisOptions {
  /** What to start. @default the best that findRedis() finds */
  found?: ExternalRedis | RedisProgram | JsRedis;
  /** @default a free one */
  port?: number;
  /** Where the data goes. @default a temporary folder, removed by stop() and at exit */
  dir?: string;
  /** Keeps the data across restart(). @default false */
  appendOnly?: boolean;
  /** Runs in cluster mode, without any slots yet. @default false */
  isClusterNode?: boolean;
  /** Watches over other servers and keeps no data. @default false */
  isSentinel?: boolean;
  /** More settings, as in redis.conf. */
  settings?: Record<string, string>;
  /** More of its environment. */
  env?: NodeJS.ProcessEnv;
  /** Says nothing about the server it started. @default false */
  quiet?: boolean;
}

/** A running server of our own; it ends with the process that started it. */
export interface OwnRedis {
  readonly kind: 'path' | 'debian' | 'js';
  readonly url: string;
  readonly port: number;
  /** Where the nodes of a cluster speak to each other. */
  readonly clusterPort: number | undefined;
  /** Changes with restart(). */
  readonly pid: number;
  /** Ends it and removes a temporary folder. */
  stop(): Promise<void>;
  /** Sends the signal and, unless it only pauses, waits for the end. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again on the same port and folder, after stopping it if it runs.
   * @param more settings for this time
   */
  restart(more?: Record<string, string>): Promise<void>;
}

export function findRedis(options: {
  allowExternal: true;
}): Promise<ExternalRedis | RedisProgram | JsRedis>;
export function findRedis(options?: { allowExternal?: boolean }): Promise<RedisProgram | JsRedis>;

export function startRedis(options?: RedisOptions): Promise<OwnRedis>;
