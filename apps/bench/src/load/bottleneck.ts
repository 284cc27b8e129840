import { type WindowUsage } from './usage-window.js';

/** Above these shares of its core the generator may have been what limited a run. */
const BUSY_GENERATOR = 0.9;
const FULL_CORE = 0.95;

/** Empty while the generator had time to spare; else what limited the run beside the server. */
export function bottleneckOf({
  generator,
  foreignShare,
}: Pick<WindowUsage, 'generator' | 'foreignShare'>): string {
  if (generator.cpuShare > BUSY_GENERATOR) return 'the load generator was the bottleneck';
  // What other programs took of the core is told as a disturbance.
  const ownShare = generator.coreShare - foreignShare.load;
  return ownShare > FULL_CORE ? 'the core of load generator and Redis was full' : '';
}
