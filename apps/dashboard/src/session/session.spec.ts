import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('location', { pathname: '/drive', search: '', hash: '' });
  vi.stubGlobal('document', { baseURI: 'http://localhost/' });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('[CLIENT2] a refresh of a page that hangs ends within a third of the grace, and is asked for anew', async () => {
  const timeouts: { ms: number; end: AbortController }[] = [];
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const end = new AbortController();
    timeouts.push({ ms, end });
    return end.signal;
  });
  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    const answer = { data: { accessToken: 'new', accessTokenExpiresAt: 0 } };
    if (timeouts.length > 1) return Promise.resolve(new Response(JSON.stringify(answer)));
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  });
  const { session } = await import('./session.js');
  const refused = session.accessToken().catch(String);
  expect(timeouts[0]!.ms).toBeLessThanOrEqual(10_000);
  timeouts[0]!.end.abort();
  expect(await refused).toBe('Error: aborted');
  expect(await session.accessToken()).toBe('new');
});
