import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { misspelledVariables } from './misspelled-variables.js';

const found = (source: NodeJS.ProcessEnv) =>
  misspelledVariables(source).map(({ name, meant }) => `${name} ${meant}`);

describe(misspelledVariables, () => {
  it('[CONF4] names what was meant by a variable that is nearly one of ours', () => {
    const source = {
      WS_RATE_PERSECOND: '5',
      FARE_BSAE: '1',
      DISPATCH_OFER_TTLS: '1s',
      ws_path: '/x',
      TRIP_MAX_RIDE_KMS: '',
    };
    expect(found(source)).toEqual([
      'WS_RATE_PERSECOND WS_RATE_PER_SECOND',
      'FARE_BSAE FARE_BASE',
      'DISPATCH_OFER_TTLS DISPATCH_OFFER_TTL',
      'ws_path WS_PATH',
      'TRIP_MAX_RIDE_KMS TRIP_MAX_RIDE_KM',
    ]);
  });

  it('[CONF4] says nothing of what is right, of other programs, and where the right one is set', () => {
    const others = {
      HOSTS: 'a',
      PORTS: '1',
      PATH: '/bin',
      TERM: 'x',
      WS_TEST: '1',
      REDIS_PORT: '1',
    };
    expect(found({ WS_PATH: '/x', ADMIN_TOKEN: 'x', SERVER: 'x', ...others })).toEqual([]);
    expect(found({ REDIS_URI: 'x', REDIS_URL: 'redis://x' })).toEqual([]);
    expect(found({ REDIS_URI: 'x', REDIS_URL: '' })).toEqual(['REDIS_URI REDIS_URL']);
  });

  it('[CONF4] names the line of ENV_FILE', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ridewire-'));
    try {
      const file = path.join(folder, 'settings');
      writeFileSync(file, '# ours\nWS_PATHS=/x\nJWT_ISSUERS=a\n');
      expect(misspelledVariables({ ENV_FILE: file, JWT_ISSUERS: 'b' })).toEqual([
        { name: 'WS_PATHS', meant: 'WS_PATH', line: 2 },
        { name: 'JWT_ISSUERS', meant: 'JWT_ISSUER' },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
