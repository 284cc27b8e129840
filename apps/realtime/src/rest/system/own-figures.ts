import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { type InstanceFigures } from '#libs/instances';
import { DELAY_BOUNDS, DeliveryDelays, quantileMs, sumOf } from '#libs/observability';
import { RedisCommands } from '#libs/redis';
import { Admission } from '../../socket/connection/admission.js';
import { RefusalLog } from '../../socket/connection/refusal-log.js';
import { messagesWritten } from '../../socket/engine/send-packet.js';
import { RequestMeasures } from '../../socket/request/request-measures.js';

/** What was counted since the start, at one moment. */
interface Counted {
  at: number;
  requests: number;
  messages: number;
  delivery: Float64Array;
  redis: Float64Array;
  refusals: Map<string, number>;
  loop: EventLoopUtilization;
}

/** What is shown as "now" covers this time. */
const WINDOW_MS = 10_000;
/** There are about fifty codes; whatever is beyond the most frequent is said together. */
const CODES_SAID = 12;
const OTHER = 'OTHER';

/** What this instance has done over the last seconds, out of what it counts for its metrics anyway. */
@Injectable()
export class OwnFigures {
  /** One for each time that somebody asked, the oldest first, at most as old as the window. */
  private recent: Counted[];
  private sampled: Counted;

  constructor(
    private readonly admission: Admission,
    private readonly requests: RequestMeasures,
    private readonly deliveries: DeliveryDelays,
    private readonly refusals: RefusalLog,
    private readonly redis: RedisCommands,
  ) {
    this.sampled = this.count();
    this.recent = [this.sampled];
  }

  /** Of the last ten seconds or so; asked every few seconds. */
  now(): InstanceFigures {
    const counted = this.count();
    const within = this.recent.filter(({ at }) => counted.at - at <= WINDOW_MS);
    const from = within[0] ?? this.recent.at(-1)!;
    this.recent = [...within, counted];
    return this.between(from, counted);
  }

  /** Of the time since it was asked before. */
  sinceLast(): InstanceFigures {
    const from = this.sampled;
    this.sampled = this.count();
    return this.between(from, this.sampled);
  }

  private count(): Counted {
    return {
      at: performance.now(),
      requests: this.requests.answered,
      messages: messagesWritten(),
      delivery: sumOf(this.deliveries.all()),
      redis: sumOf(this.redis.delays()),
      refusals: this.refusals.byCode(),
      loop: performance.eventLoopUtilization(),
    };
  }

  private between(from: Counted, to: Counted): InstanceFigures {
    const seconds = Math.max(0.001, (to.at - from.at) / 1_000);
    const delivery = difference(from.delivery, to.delivery);
    const redis = difference(from.redis, to.redis);
    return {
      connections: this.admission.size,
      requestsPerSecond: rounded((to.requests - from.requests) / seconds),
      messagesPerSecond: rounded((to.messages - from.messages) / seconds),
      deliveryP50Ms: delayOf(delivery, 0.5),
      deliveryP99Ms: delayOf(delivery, 0.99),
      redisP50Ms: delayOf(redis, 0.5),
      redisP99Ms: delayOf(redis, 0.99),
      loopBusy: rounded(performance.eventLoopUtilization(to.loop, from.loop).utilization, 3),
      memoryBytes: process.memoryUsage.rss(),
      refusals: refusalsBetween(from.refusals, to.refusals),
    };
  }
}

function difference(from: Float64Array, to: Float64Array): Float64Array {
  return to.map((count, bucket) => count - (from[bucket] ?? 0));
}

function delayOf(counts: Float64Array, share: number): number | null {
  const ms = quantileMs(DELAY_BOUNDS, counts, share);
  return ms === null ? null : rounded(ms);
}

function refusalsBetween(
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): Record<string, number> {
  const grown = [...to]
    .map(([code, count]) => [code, count - (from.get(code) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a);
  const rest = grown.slice(CODES_SAID).reduce((sum, [, count]) => sum + count, 0);
  const said = grown.slice(0, CODES_SAID);
  return Object.fromEntries(rest > 0 ? [...said, [OTHER, rest]] : said);
}

function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
