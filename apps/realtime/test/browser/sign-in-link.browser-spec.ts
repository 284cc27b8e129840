import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { SignInCodes } from '#libs/auth';
import { ensureDashboard } from '../../../../scripts/prepare/dashboard.mjs';
import { TestCluster } from '../cluster.js';
import { expectAccessible, Visitors } from './visitors.js';

describe('a link that signs in', () => {
  let cluster: TestCluster;
  let visitors: Visitors;
  beforeAll(async () => {
    await ensureDashboard();
    cluster = await TestCluster.start({ instances: 1, env: { COOKIE_SECURE: 'false' } });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await cluster?.close();
  });

  it('[PAGE3] opens the page once, stays in over a reload, and leaves the address before anything else', async () => {
    const { app } = cluster.instances[0]!;
    const account = await app
      .get(AccountsService, { strict: false })
      .create({ userType: 'admin', name: 'Ada' });
    const code = await app.get(SignInCodes, { strict: false }).issue(account.id, 60_000);
    const link = `${cluster.url(0)}/trips#sign-in=${code}`;
    const page = await visitors.open(link);
    await page.waitForSelector('.shell');
    expect(page.url()).toBe(`${cluster.url(0)}/trips`);
    await page.reload();
    await page.waitForSelector('.shell');
    // Nobody else gets in by it.
    const other = await visitors.open(link);
    await other.waitForSelector('[role=alert]');
    expect(await other.locator('[role=alert]').textContent()).toContain('has been used');
    expect(other.url()).not.toContain(code);
    await expectAccessible(other, 'a link that was used');
    expect(visitors.faults).toEqual([]);
  });
});
