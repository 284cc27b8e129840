import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCatalogue, UserType } from '#libs/contracts';
import { type TestUser } from '../cluster.js';
import { FaultScene } from '../faults/fault-scene.js';
import { printFigures } from '../faults/figures.js';
import { MARK, valuesOf, type Schema } from './arbitraries.js';
import { fuzzSeed, sayShort } from './fuzz-options.js';

const BATCHES = 800;
const BATCH = 20;
const MAX_GROWTH_BYTES = 200 * 1_048_576;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Operation {
  method: string;
  path: string;
  parameters: { name: string; in: string; schema?: Schema }[];
  body: Schema | undefined;
}

interface Described {
  paths: Record<
    string,
    Partial<
      Record<
        (typeof METHODS)[number],
        {
          parameters?: Operation['parameters'];
          requestBody?: { content?: Record<string, { schema?: Schema }> };
        }
      >
    >
  >;
  components: { schemas: Record<string, Schema> };
}

interface Call {
  operation: Operation;
  values: Record<string, unknown>;
  body: unknown;
  who: number;
}

describe('calls that no app makes', () => {
  let scene: FaultScene;
  let url: string;
  let description: Described;
  let users: TestUser[];

  beforeAll(async () => {
    scene = await FaultScene.start({
      instances: 1,
      appendOnly: false,
      env: { LOGIN_ATTEMPTS_PER_ADDRESS: '1000000', LOGIN_ATTEMPTS_PER_ACCOUNT: '1000000' },
    });
    url = await scene.instances[0]!.url();
    description = (await (await fetch(`${url}/api/docs-json`)).json()) as Described;
    users = await Promise.all(Object.values(UserType).map((type) => scene.addUser(type)));
  });
  afterAll(async () => scene?.close());

  const operations = (): Operation[] =>
    Object.entries(description.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        if (!operation) return [];
        const content = Object.values(operation.requestBody?.content ?? {});
        return [
          {
            method: method.toUpperCase(),
            path,
            parameters: operation.parameters ?? [],
            body: content[0]?.schema,
          },
        ];
      }),
    );

  const send = async ({ operation, values, body, who }: Call) => {
    const { method, path, parameters } = operation;
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    let target = path;
    for (const { name, in: where } of parameters) {
      const value = values[name];
      const written = typeof value === 'string' ? value : JSON.stringify(value ?? '');
      if (where === 'path')
        target = target.replace(
          `{${name}}`,
          encodeURIComponent(written.toWellFormed().slice(0, 300)) || 'x',
        );
      else if (where === 'query' && value !== undefined) query.append(name, written.slice(0, 300));
      else if (where === 'header' && value !== undefined)
        headers[name] = written.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 200);
    }
    const { token } = users[who]!;
    const hasBody = body !== undefined && method !== 'GET';
    const response = await fetch(`${url}${target}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(hasBody ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, text: await response.text() };
  };

  it(`[FUZZ1] every route answers each of ${BATCHES * BATCH} calls in the envelope, with a code where it refuses, says nothing of it again, and keeps its memory`, async () => {
    const seed = fuzzSeed('REST');
    const ids = users.map(({ userId }) => userId);
    const { schemas } = description.components;
    const all = operations();
    expect(all.length).toBeGreaterThan(60);
    const counts = { calls: 0, byStatus: new Map<number, number>(), renewed: 0 };
    const seen = new Set<string>();
    const calls = all.map((operation) =>
      fc.record({
        operation: fc.constant(operation),
        values: fc.record(
          Object.fromEntries(
            operation.parameters.map(({ name, schema = {} }) => [
              name,
              valuesOf(schema, schemas, ids),
            ]),
          ),
          { requiredKeys: [] },
        ),
        body: operation.body ? valuesOf(operation.body, schemas, ids) : fc.constant(undefined),
        who: fc.nat(users.length - 1),
      }),
    );
    const call = fc.oneof(...calls);
    let before = 0;
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        const answers = await Promise.all(batch.map(send));
        for (const [i, { status, text }] of answers.entries()) {
          const { method, path } = batch[i]!.operation;
          const what = `${method} ${path} ${status} ${text.slice(0, 300)}`;
          seen.add(`${method} ${path}`);
          counts.calls += 1;
          counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
          expect(status, what).toBeLessThan(500);
          if (status === 204 || text === '') continue;
          const answer = JSON.parse(text) as { success: boolean; error?: { reason: string } };
          expect(answer.success, what).toBe(status < 400);
          if (status < 400) continue;
          expect(Object.keys(errorCatalogue), what).toContain(answer.error?.reason);
          expect(text, what).not.toContain(MARK);
        }
        // Some calls end the session of whoever makes them.
        for (const [who, user] of users.entries()) {
          const session = await fetch(`${url}/api/auth/sessions`, {
            headers: { authorization: `Bearer ${user.token}` },
          });
          if (session.status === 200) continue;
          counts.renewed += 1;
          users[who] = await scene.addUser(user.userType);
        }
        batches += 1;
        if (batches === BATCHES / 5) before = scene.instances[0]!.residentBytes();
      }),
      { seed, numRuns: BATCHES, endOnFailure: true, reporter: sayShort },
    );
    const after = scene.instances[0]!.residentBytes();
    printFigures('fuzz of REST', {
      seed,
      ...counts,
      byStatus: Object.fromEntries(counts.byStatus),
      routes: seen.size,
      grownMiB: Math.round((after - before) / 1_048_576),
    });
    expect(seen.size).toBe(all.length);
    expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect(scene.complaints()).toEqual([]);
  });
});
