import { monitorEventLoopDelay } from 'node:perf_hooks';
import { busyMsOf } from '../core-usage.js';
import { usageOf, type ProcessUsage } from '../process-usage.js';
import { Core } from '../servers/pinning.js';

export interface ObservedProcess {
  name: string;
  pid: number;
  core: number;
}

export interface WindowUsage {
  seconds: number;
  /** By the name of the process. */
  cpuMs: Record<string, number>;
  rssBytes: Record<string, number>;
  /** How much of each core went to programs that have nothing to do with the benchmark. */
  foreignShare: { servers: number; load: number };
  generator: {
    cpuShare: number;
    /** How busy its core was, whoever kept it busy; 0 where the system does not tell. */
    coreShare: number;
    loopDelayP99Ms: number;
  };
}

const COARSE_TICKS_MS = 50;
const LOOP_RESOLUTION_MS = 5;

/** What the processes cost from its making to each `read`. */
export class UsageWindow {
  private readonly startedAt = performance.now();
  private readonly own = process.cpuUsage();
  private readonly usage: ProcessUsage[];
  private readonly busyMs = { servers: busyMsOf(Core.servers), load: busyMsOf(Core.load) };
  private readonly loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  constructor(private readonly observed: readonly ObservedProcess[]) {
    this.usage = observed.map(({ pid }) => usageOf(pid));
    this.loopDelay.enable();
  }

  read(): WindowUsage {
    const elapsedMs = performance.now() - this.startedAt;
    const own = process.cpuUsage(this.own);
    const ownMs = (own.user + own.system) / 1_000;
    const cpuMs: Record<string, number> = {};
    const rssBytes: Record<string, number> = {};
    const loadCoreMs = busyMsOf(Core.load) - this.busyMs.load;
    const foreignMs = {
      servers: busyMsOf(Core.servers) - this.busyMs.servers,
      load: loadCoreMs - ownMs,
    };
    this.observed.forEach(({ name, pid, core }, i) => {
      const now = usageOf(pid);
      cpuMs[name] = now.cpuMs - this.usage[i]!.cpuMs;
      rssBytes[name] = now.rssBytes;
      if (core === Core.servers) foreignMs.servers -= cpuMs[name];
      else if (core === Core.load) foreignMs.load -= cpuMs[name];
    });
    return {
      seconds: elapsedMs / 1_000,
      cpuMs,
      rssBytes,
      foreignShare: {
        servers: shareOf(foreignMs.servers, elapsedMs),
        load: shareOf(foreignMs.load, elapsedMs),
      },
      generator: {
        cpuShare: ownMs / elapsedMs,
        coreShare: Math.min(1, loadCoreMs / elapsedMs),
        // Node counts the interval in.
        loopDelayP99Ms: Math.max(0, this.loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      },
    };
  }
}

/** The kernel counts in coarse ticks: a little is nothing. */
function shareOf(foreignMs: number, elapsedMs: number): number {
  return foreignMs > COARSE_TICKS_MS ? foreignMs / elapsedMs : 0;
}
