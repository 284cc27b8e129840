import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { Log, Metrics } from '#libs/observability';
import { PressureGauge } from './pressure-gauge.js';

const LOOK_INTERVAL_MS = 500;
/** Of the sampling of the event loop, which counts in what it measures. */
const RESOLUTION_MS = 20;
const CONTAINER_SHARE = 0.9;
/** Node says this much where a container has no limit. */
const UNLIMITED_BYTES = 2 ** 60;

/**
 * Notices that an instance has more than it can do, before its clients do: it is then not ready and
 * lets nobody in, so that those who are there are served.
 */
@Injectable()
export class PressureWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly delay: PressureGauge | undefined;
  private readonly memory: PressureGauge | undefined;
  private loop: ReturnType<typeof monitorEventLoopDelay> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(socketsConfig.KEY) settings: ConfigType<typeof socketsConfig>,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    const { pressureDelayMs, pressureMemoryBytes = containerBytes() } = settings;
    if (pressureDelayMs > 0) {
      // It swings: only what lasts counts, and only what is well below it ends it.
      this.delay = new PressureGauge({ limit: pressureDelayMs, calm: 0.5, begin: 3, end: 6 });
    }
    if (pressureMemoryBytes !== undefined) {
      this.memory = new PressureGauge({ limit: pressureMemoryBytes, calm: 0.9, begin: 2, end: 6 });
    }
    metrics.gauge({
      name: 'ridewire_under_pressure',
      help: '1 while the event loop or the memory of this instance is beyond its limit: it lets nobody in.',
      labels: ['kind'],
      read: () => [
        [['event_loop'], this.delay?.isOver ? 1 : 0],
        [['memory'], this.memory?.isOver ? 1 : 0],
      ],
    });
  }

  /** Why nobody is let in, for operators; undefined while all is well. */
  get reason(): string | undefined {
    if (this.delay?.isOver) return 'the event loop is behind (PRESSURE_EVENT_LOOP_DELAY)';
    if (this.memory?.isOver) return 'memory is short (PRESSURE_MEMORY_BYTES)';
    return undefined;
  }

  onApplicationBootstrap(): void {
    if (!this.delay && !this.memory) return;
    if (this.delay) {
      this.loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.loop.enable();
    }
    this.timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.loop?.disable();
  }

  private look(): void {
    const before = this.reason;
    if (this.loop) {
      const { mean } = this.loop;
      this.loop.reset();
      // Without a sample the mean is no number: the loop stood still for the whole time.
      this.delay?.note(Number.isNaN(mean) ? LOOK_INTERVAL_MS : mean / 1e6 - RESOLUTION_MS);
    }
    this.memory?.note(process.memoryUsage.rss());
    const { reason } = this;
    if (reason === before) return;
    if (reason === undefined) this.log.info({ before }, 'the pressure is over: clients are let in');
    else this.log.warn({ reason }, 'too much to do: nobody is let in until it is over');
  }
}

function containerBytes(): number | undefined {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < UNLIMITED_BYTES ? bytes * CONTAINER_SHARE : undefined;
}
