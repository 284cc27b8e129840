import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AccountsModule, AccountsService } from '#libs/accounts';
import { startModules, testEnvironment } from '#libs/testing';
import { createAdmin } from './create-admin.command.js';

describe('the command that creates an admin', () => {
  const environment = testEnvironment({ FIRST_ADMIN_EMAIL: '', FIRST_ADMIN_PASSWORD: '' });
  const args = ['--email', 'second.admin@example.com'];

  it('[ACC7] It takes the password from standard input, and refuses an address twice', async () => {
    const id = await createAdmin(environment, args, Readable.from(['correct horse\n']));
    const instance = await startModules(environment, [AccountsModule]);
    const accounts = instance.get(AccountsService);
    await expect(
      accounts.verifyPassword({ email: 'second.admin@example.com' }, 'correct horse'),
    ).resolves.toMatchObject({ id, userType: 'admin' });
    await instance.close();
    const again = createAdmin(environment, args, Readable.from(['correct horse\n']));
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('[ACC7] ADMIN_PASSWORD comes before standard input', async () => {
    const withPassword = testEnvironment({ ADMIN_PASSWORD: 'from the environment' });
    await expect(createAdmin(withPassword, args, Readable.from(['short']))).resolves.toMatch(/-/);
  });

  it('[ACC7] A missing address or a short password is refused with the usage', async () => {
    await expect(createAdmin(environment, [], Readable.from([]))).rejects.toThrow('Usage:');
    const third = ['--email', 'third.admin@example.com'];
    await expect(createAdmin(environment, third, Readable.from(['short']))).rejects.toThrow(
      'must have 8 to 100 characters',
    );
  });
});
