import { type TestProject } from 'vitest/node';
import { RedisCluster } from './redis-topologies.js';

/**
 * Starts one real cluster that all test files share; each file has its own key prefix. Instances wait for
 * its replicas, as where a failover is to lose nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await RedisCluster.start();
  const { REDIS_URL, REDIS_MODE } = cluster.variables;
  process.stdout.write(`Cluster for the tests: ${REDIS_URL}\n`);
  project.provide('redisUrl', REDIS_URL);
  project.provide('redisMode', REDIS_MODE);
  project.provide('replicasToWaitFor', '1');
  return () => cluster.stop();
}
