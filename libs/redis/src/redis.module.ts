import { Global, Module } from '@nestjs/common';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';
import { RedisKeys } from './redis-keys.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

const providers = [RedisConnections, RedisCommands, RedisKeys, ShardPublisher, ShardSubscriber];

@Global()
@Module({ providers, exports: providers })
export class RedisModule {}
