import 'reflect-metadata';
import { type Server } from 'node:http';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { announcePort } from './announce.js';
import { StockRoomsGateway } from './stock-rooms.gateway.js';
import { StockAdapter, StockStore } from './stock-redis.js';
import { StockAdminGateway, StockDriversGateway } from './stock.gateways.js';

/** How a Nest project is usually built; with --redis it stores and runs on several instances. */
const { redis: url } = parseArgs({ options: { redis: { type: 'string' } } }).values;
const redis = url === undefined ? undefined : new Redis(url);

@Module({
  providers: [
    { provide: StockStore, useValue: new StockStore(redis) },
    StockAdminGateway,
    StockDriversGateway,
    StockRoomsGateway,
  ],
})
class StockModule {}

const app = await NestFactory.create(StockModule, { logger: false });
const adapter = new StockAdapter(app);
if (redis) adapter.useRedis(redis);
app.useWebSocketAdapter(adapter);
await app.listen(0, '127.0.0.1');
announcePort(app.getHttpServer() as Server);
