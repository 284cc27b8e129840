import { type WindowUsage } from './usage-window.js';

/** Above this share of its core the generator may have been what limited a run. */
const BUSY_GENERATOR = 0.9;
const FULL_CORE = 0.97;

/** Empty while the generator had time to spare; else what limited the run beside the server. */
export function bottleneckOf({ generator }: Pick<WindowUsage, 'generator'>): string {
  if (generator.cpuShare > BUSY_GENERATOR) return 'the load generator was the bottleneck';
  return generator.coreShare > FULL_CORE ? 'the core of the load generator was full' : '';
}
