import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type SpanContext } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { until } from '#libs/testing';
import { createLogger } from '../logger.js';
import { spanContextOf } from './traceparent.js';
import { Tracing } from './tracing.js';
import { openTelemetry } from './tracing-sdk.js';
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
  expect(tracing.keptTraceparent).toBeUndefined();
  await tracing.onApplicationShutdown();
});

/** An id that a sampler by ids keeps at every ratio, with the wish to be kept. */
const FORGED = `00-${'0'.repeat(31)}1-${'b'.repeat(16)}-01`;
const MODEST = `00-${'f'.repeat(32)}-${'b'.repeat(16)}-00`;

/** @param luck what decides of traces that others begin, from 0 to 1 */
async function tracingOf(luck: number, isParentTrusted = false): Promise<Tracing> {
  const settings = {
    // Nobody listens there; what is kept is thrown away.
    endpoint: 'http://127.0.0.1:9',
    headers: {},
    serviceName: 'trial',
    ratio: 0.5,
    isParentTrusted,
    intervalMs: 60_000,
  };
  return new Tracing(await openTelemetry(settings, createLogger('silent'), () => luck));
}

/** What a request with this header is in, and whether it is kept, with what it causes. */
function outcomeOf(tracing: Tracing, given: string): { context: SpanContext; kept: boolean[] } {
  return tracing.span('request', { parent: tracing.given(given) }, (outer) =>
    tracing.span('step', {}, (inner) => ({
      context: inner!.spanContext(),
      kept: [
        outer!.isRecording(),
        inner!.isRecording(),
        tracing.keptTraceparent !== undefined,
        // And on another instance.
        tracing.span('elsewhere', { parent: tracing.traceparent }, (span) => span!.isRecording()),
      ],
    })),
  );
}

it('[TRACE2] A client that asks for it, or chooses an id for it, is traced no more often than the ratio says', async () => {
  const [lucky, unlucky] = await Promise.all([tracingOf(0.49), tracingOf(0.5)]);
  for (const given of [FORGED, MODEST]) {
    for (const tracing of [lucky, unlucky]) {
      const { context, kept } = outcomeOf(tracing, given);
      expect(context.traceId).toBe(spanContextOf(given)?.traceId);
      expect(kept).toEqual([1, 2, 3, 4].map(() => tracing === lucky));
    }
  }
  await Promise.all([lucky, unlucky].map((tracing) => tracing.onApplicationShutdown()));
});

it('[TRACE2] A proxy that is trusted decides what is kept', async () => {
  const tracing = await tracingOf(0.5, true);
  expect(outcomeOf(tracing, FORGED).kept).toEqual([true, true, true, true]);
  expect(outcomeOf(tracing, MODEST).kept).toEqual([false, false, false, false]);
  await tracing.onApplicationShutdown();
});

it('[TRACE5] That a collector takes no traces is said once, and once that it does again, without what it is told', async () => {
  let status = 401;
  let refused = 0;
  const collector = createServer((_request, response) => {
    if (status !== 200) refused += 1;
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  const lines: string[] = [];
  const settings = {
    endpoint: `http://127.0.0.1:${port}`,
    headers: { authorization: 'a-secret-of-the-collector' },
    serviceName: 'trial',
    ratio: 1,
    isParentTrusted: false,
    intervalMs: 10,
  };
  const log = createLogger('info', { write: (line) => lines.push(line) });
  const tracing = new Tracing(await openTelemetry(settings, log));
  const step = () => tracing.span('step', {}, () => undefined);
  await until('it was refused twice', () => {
    step();
    return refused >= 2 && lines.length > 0;
  });
  status = 200;
  await until('traces arrive', () => {
    step();
    return lines.length > 1;
  });
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'traces do not arrive'],
    [30, 'traces arrive again'],
  ]);
  expect(said[0]).toMatchObject({ collector: `127.0.0.1:${port}` });
  expect(lines.join('')).not.toContain('a-secret');
  await tracing.onApplicationShutdown();
  collector.close();
});
