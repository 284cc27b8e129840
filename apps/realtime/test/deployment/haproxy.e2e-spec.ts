import { describe } from 'vitest';
import { balancerSuite } from './balancer-suite.js';

describe('HAProxy with the configuration that is shipped', () => {
  balancerSuite('haproxy');
});
