import { describe, expect, it } from 'vitest';
import { parseCheckEnvironment, parseClientEnvironment } from './client-environment.js';

describe('the environment of client programs', () => {
  it('[CONF1] A check is refused tokens that are set but empty, each by its name', () => {
    const empty = { DRIVER_TOKEN: '', ADMIN_TOKEN: ' ', PASSENGER_TOKEN: 'x.y.z', SERVER: '' };
    expect(() => parseCheckEnvironment(empty)).toThrow(
      expect.objectContaining({
        problems: [
          'DRIVER_TOKEN is set but empty: give it an access token, or unset it',
          'ADMIN_TOKEN is set but empty: give it an access token, or unset it',
        ],
      }),
    );
    expect(parseCheckEnvironment({ DRIVER_TOKEN: 'x.y.z' }).DRIVER_TOKEN).toBe('x.y.z');
  });

  it('[CONF1] The demo, which reads no token, does not mind an empty one', () => {
    expect(parseClientEnvironment({ DRIVER_TOKEN: '' }).DRIVER_TOKEN).toBeUndefined();
  });
});
