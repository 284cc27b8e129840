import { type OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCluster, type TestUser } from './cluster.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';

const words = (line: string) => line.split('|');

const NO_NUMBERS = words(
  '| | 5 |+5|0x29|1e3|1E1|0b1|5,0|1_000|--5|05|5.|٥|null|undefined|NaN|Infinity|true|[]|{}|5;',
).concat('9'.repeat(60));
const ODD: Readonly<Record<string, readonly string[]>> = {
  number: NO_NUMBERS,
  integer: [...NO_NUMBERS, '5.5', '-1.5', '9007199254740993'],
  boolean: words('| |yes|no|TRUE|on|2|-1|null| true|truefalse'),
  'date-time': words(
    '| |2026-W48|2026-332|20261128|20261128T020000Z|202611280200|2026-11-28T25:00:00Z|' +
      '2026-02-30T00:00:00Z|2026-13-01|2026-11|2026|now|28.11.2026|Nov 28 2026|0x29|1e3|+5| 5 |' +
      '12|-1|true|null| 2026-11-28T02:00:00Z|2026-11-28T02:00:00 PST|1e12',
  ),
  text: [''],
};

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: { type?: string; format?: string; minimum?: number; enum?: string[]; pattern?: string };
}
interface Route {
  method: string;
  path: string;
  query: Parameter[];
  numbersOfBody: string[];
}
type Refusal = { status: number; said: string };

describe('what REST reads from texts', () => {
  let cluster: TestCluster;
  let routes: Route[];
  let users: TestUser[];

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1, env: { ADMIN_API_KEY: API_KEY } });
    const response = await fetch(`${cluster.url(0)}/api/docs-json`);
    routes = routesOf((await response.json()) as OpenAPIObject);
    users = await Promise.all(
      (['admin', 'passenger', 'driver'] as const).map((type) => cluster.addUser(type)),
    );
  });
  afterAll(() => cluster.close());

  const ask = async (route: Route, query: string, body?: unknown): Promise<Refusal> => {
    // Whoever is let in: who may ask is no matter of these tests.
    for (const { token } of users) {
      const response = await fetch(`${cluster.url(0)}${route.path}${query}`, {
        method: route.method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const said = await response.text();
      if (response.status !== 403) return { status: response.status, said };
    }
    throw new Error(`nobody may ask ${route.method} ${route.path}`);
  };
  /** What is required beside the parameter, so that only that one is wrong. */
  const others = ({ query }: Route, name: string) =>
    query
      .filter((parameter) => parameter.required && parameter.name !== name)
      .map((parameter) => `&${parameter.name}=${parameter.schema.type === 'number' ? 1 : 'x'}`)
      .join('');

  it('[REST9] an odd, empty or repeated parameter of any route is refused by its name', async () => {
    const walked: string[] = [];
    const wrong: unknown[] = [];
    for (const route of routes) {
      for (const parameter of route.query) {
        const { name } = parameter;
        walked.push(`${route.method} ${route.path} ${name}`);
        const queries = [
          ...oddTextsOf(parameter).map((text) => `?${name}=${encodeURIComponent(text)}`),
          `?${name}=1&${name}=2`,
          `?${name}[]=1`,
          `?${name}[a]=1`,
          `?${name}`,
        ];
        for (const query of queries) {
          const { status, said } = await ask(route, query + others(route, name));
          if (status !== 400 || !said.includes(name)) wrong.push([route.path, query, status, said]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(walked.length).toBeGreaterThan(25);
    expect(walked).toEqual(
      expect.arrayContaining([
        'DELETE /api/admin/surge lat',
        'GET /api/driver-availability/nearby includeUnavailable',
        'GET /api/driver-availability/x/history to',
        'GET /api/admin/trips requestedFrom',
      ]),
    );
  });

  it('[REST9] a parameter that a route does not have is refused by its name, on every route', async () => {
    const wrong: unknown[] = [];
    for (const route of routes) {
      for (const name of ['mistyped', 'LAT', '__proto__x', 'constructor']) {
        const { status, said } = await ask(route, `?${name}=1${others(route, '')}`);
        if (status !== 400 || !said.includes(name)) wrong.push([route, name, status, said]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('[REST9] a number in a body is a number', async () => {
    const wrong: unknown[] = [];
    let walked = 0;
    for (const route of routes) {
      // Fixes are read in every spelling that phones have, as on the socket.
      if (route.path.endsWith('ping-location')) continue;
      for (const name of route.numbersOfBody) {
        walked += 1;
        for (const value of ['', '5', ' 5 ', '0x29', true, [5], {}, ['5', 5]]) {
          const { status, said } = await ask(route, '', { [name]: value });
          if (status !== 400 || !said.includes(name)) wrong.push([route.path, name, value, said]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(walked).toBeGreaterThan(8);
  });

  it('[REST9] times and flags that are right are read, in the same zone wherever the server stands', async () => {
    const driver = await cluster.connect(users[2]!, 0);
    const timestamp = Date.now() - 60_000;
    await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5, timestamp });
    const history = routes.find(({ path }) => path.endsWith('/history') && path.includes('/x/'))!;
    const path = history.path.replace('/x/', `/${users[2]!.userId}/`);
    const iso = (ms: number) => new Date(ms).toISOString();
    const counted = async (from: string, to: string) => {
      const query = `?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
      const { status, said } = await ask({ ...history, path }, query);
      return [status, (JSON.parse(said) as { data?: unknown[] }).data?.length];
    };
    const zone = process.env['TZ'];
    try {
      for (const server of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
        process.env['TZ'] = server;
        const [before, after] = [timestamp - 1_000, timestamp + 1_000];
        for (const write of [iso, String, (ms: number) => iso(ms).slice(0, -1)]) {
          expect([server, await counted(write(before), write(after))]).toEqual([server, [200, 1]]);
          expect([server, await counted(write(after), write(after + 9))]).toEqual([
            server,
            [200, 0],
          ]);
        }
        const offset = iso(before + 3_600_000).replace('Z', '+01:00');
        expect([server, await counted(offset, iso(after))]).toEqual([server, [200, 1]]);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    const trips = routes.find(
      ({ path: at, method }) => at === '/api/admin/trips' && method === 'GET',
    )!;
    for (const flag of ['true', 'false', '1', '0']) {
      expect((await ask(trips, `?onlyActive=${flag}&onlyStuck=${flag}`)).status).toBe(200);
    }
  });
});

function routesOf(document: OpenAPIObject): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      // Public routes are called by balancers and login pages, which add what they like.
      if (!operation || !/^\/api\/(?!auth\/|users\/register)/.test(path)) return [];
      const parameters = (operation.parameters ?? []) as Parameter[];
      return {
        method: method.toUpperCase(),
        path: path
          .replaceAll(/conversations\/\{\w+\}/g, 'conversations/lobby')
          .replaceAll(/\{\w+\}/g, 'x'),
        query: parameters.filter((parameter) => parameter.in === 'query'),
        numbersOfBody: numbersOf(document, operation.requestBody),
      };
    }),
  );
}

function numbersOf(document: OpenAPIObject, body: unknown): string[] {
  const reference = /"\$ref":"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(body ?? null));
  const schema = reference && document.components?.schemas?.[reference[1]!];
  if (!schema || !('properties' in schema)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    'type' in property && ['integer', 'number'].includes(String(property.type)) ? [name] : [],
  );
}

function oddTextsOf({ schema }: Parameter): readonly string[] {
  const kind = schema.format ?? schema.type ?? '';
  const isClosed = schema.enum !== undefined || schema.pattern !== undefined;
  return [...(ODD[kind] ?? ODD['text']!), ...(isClosed ? [' ', 'a b', 'NONE!', '../x', '*'] : [])];
}
