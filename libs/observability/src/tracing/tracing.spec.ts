import { expect, it } from 'vitest';
import { Tracing } from './tracing.js';
import { currentWork, within, Work } from './work.js';

it('[TRACE3] Without an endpoint nothing is traced, and steps run as they are', async () => {
  const tracing = new Tracing(undefined);
  expect(tracing.isOn).toBe(false);
  const seen: unknown[] = [];
  expect(tracing.span('x', {}, (span) => [span, currentWork()])).toEqual([undefined, undefined]);
  within(new Work('seven'), () => {
    tracing.span('x', { parent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }, () =>
      seen.push(currentWork()?.id, currentWork()?.context),
    );
  });
  expect(seen).toEqual(['seven', undefined]);
  expect(tracing.traceparent).toBeUndefined();
  expect(tracing.given(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)).toBeUndefined();
  await tracing.onApplicationShutdown();
});
