import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { type Server, type ServerOptions } from 'socket.io';
import { type StockPingDto } from './stock-ping.dto.js';

/** One HSET a fix; nothing at all without a Redis. */
export class StockStore {
  constructor(private readonly redis?: Redis) {}

  async save(driverId: string, fix: StockPingDto): Promise<void> {
    await this.redis?.hset(`driver:${driverId}`, { ...fix });
  }
}

/** Nest's own adapter with the classic Redis adapter, as Nest's documentation shows it. */
export class StockAdapter extends IoAdapter {
  private createRedisAdapter: ReturnType<typeof createAdapter> | undefined;

  useRedis(redis: Redis): void {
    this.createRedisAdapter = createAdapter(redis.duplicate(), redis.duplicate());
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      transports: ['websocket'],
      serveClient: false,
    } as ServerOptions) as Server;
    if (this.createRedisAdapter) server.adapter(this.createRedisAdapter);
    return server;
  }
}
