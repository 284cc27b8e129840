import { describe, expect, it } from 'vitest';
import { balancerSuite } from './balancer-suite.js';

describe('nginx with the configuration that is shipped', () => {
  const { ask, open } = balancerSuite('nginx');

  it('[LB2] serves below a path prefix', async () => {
    expect((await ask('/rides/health/live')).status).toBe(200);
    const client = await open({ path: '/rides/socket.io' });
    expect(client.socket.connected).toBe(true);
  });
});
