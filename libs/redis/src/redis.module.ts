import { Global, Module } from '@nestjs/common';
import { DeliveryGate } from './delivery-gate.js';
import { KeyScan } from './key-scan.js';
import { PubSubProbe } from './pubsub-probe.js';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';
import { RedisKeys } from './redis-keys.js';
import { RedisReports } from './redis-report.js';
import { ReplicaWaits } from './replica-waits.js';
import { Replicas } from './replicas.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

const providers = [
  RedisConnections,
  DeliveryGate,
  RedisCommands,
  RedisKeys,
  RedisReports,
  ReplicaWaits,
  Replicas,
  KeyScan,
  PubSubProbe,
  ShardPublisher,
  ShardSubscriber,
];

@Global()
@Module({ providers, exports: providers })
export class RedisModule {}
