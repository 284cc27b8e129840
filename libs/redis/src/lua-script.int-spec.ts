import { inject, describe, expect, it } from 'vitest';
import { openRedis } from '#libs/testing';
import { LuaScript } from './lua-script.js';

describe(LuaScript.name, () => {
  it('[LUA1] is the text of its file on the lines of its file, behind what every script may use', async () => {
    const script = LuaScript.load(new URL('../../fares/src/', import.meta.url).href, 'read_surge');
    expect(script.text.split('\n')).toHaveLength(
      script.text.slice(script.text.indexOf('-- Reads the surge')).split('\n').length,
    );
    const redis = openRedis(inject('redisUrl'));
    try {
      const [head] = script.text.split('-- Reads the surge');
      const clock = await redis.eval(`${head} return integer(clock_ms())`, 0);
      expect(Math.abs(Number(clock) - Date.now())).toBeLessThan(60_000);
      expect(await redis.eval(`${head} return integer(2 ^ 52)`, 0)).toBe('4503599627370496');
      await expect(redis.eval(`${head}\nreturn nothing.here`, 0)).rejects.toThrow(/:2:/);
    } finally {
      redis.disconnect();
    }
  });
});
