import { describe, expect, it } from 'vitest';
import { LogLevels } from './log-level.js';
import { createLogger } from './logger.js';
import { prettyLines } from './pretty-lines.js';
import { within, Work } from './tracing/work.js';

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

  it('[LOG4] all lines of one piece of work have one id, also those that come later', async () => {
    const lines: { msg: string; requestId?: string }[] = [];
    const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
    const work = async (id: string | undefined, text: string) =>
      within(new Work(id), async () => {
        log.info({}, `${text} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.info({}, `${text} ends`);
      });
    log.info({}, 'nobody asked for this');
    await Promise.all([work(undefined, 'one'), work('given', 'two')]);
    const idOf = (text: string) => lines.find(({ msg }) => msg === text)!.requestId;
    expect(idOf('nobody asked for this')).toBeUndefined();
    expect(idOf('one begins')).toMatch(/^[0-9a-f]{16}$/);
    expect(idOf('one ends')).toBe(idOf('one begins'));
    expect([idOf('two begins'), idOf('two ends')]).toEqual(['given', 'given']);
  });

  it('[LOG5] the level changes for a while and falls back by itself', async () => {
    const lines: string[] = [];
    const log = createLogger('warn', { write: (line) => lines.push(line) });
    const levels = new LogLevels(log, 'warn');
    log.debug({}, 'before');
    levels.change('debug', 40);
    log.debug({}, 'meanwhile');
    while (levels.current !== 'warn') await new Promise((resolve) => setTimeout(resolve, 5));
    log.debug({}, 'after');
    expect(lines.join()).toContain('meanwhile');
    expect(lines.join()).not.toMatch(/before|after/);
    levels.onApplicationShutdown();
  });

  it('[LOG1] a terminal gets lines for people', () => {
    let shown = '';
    const log = createLogger(
      'info',
      prettyLines((text) => (shown += text)),
    );
    log.warn({ purpose: 'commands', a: { b: 1 } }, 'redis is away');
    expect(shown).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} .*WARN.* redis is away purpose=commands a=\{"b":1\}\n$/,
    );
  });
});
