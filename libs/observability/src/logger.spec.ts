import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';

describe(createLogger.name, () => {
  it('[LOG1] says what failed, and nothing of what a failed Redis command was sent', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => lines.push(line) });
    const error = Object.assign(new Error('ERR in script'), {
      command: { name: 'evalsha', args: ['sha', 'passwordHash', '$argon2id$secret'] },
    });
    log.error({ err: error }, 'a request failed');
    expect(lines[0]).toContain('ERR in script');
    expect(lines[0]).toContain('evalsha');
    expect(lines[0]).not.toContain('argon2id');
  });

  it('[LOG1] tokens, passwords and positions are left out at any place that objects have them', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => lines.push(line) });
    log.info({ password: 'p-secret', a: { token: 't-secret', b: { lat: 41.123 } } }, 'x');
    log.info({ webhooks: { secrets: ['w-secret'], signature: 'v1=s-secret' } }, 'x');
    for (const secret of ['p-secret', 't-secret', '41.123', 'w-secret', 's-secret']) {
      expect(lines.join()).not.toContain(secret);
    }
  });
});
