import { getMetadataStorage } from 'class-validator';
import * as fc from 'fast-check';

/** In every text that is made up: no refusal may say it again. */
export const MARK = 'q7Zmark';

/** Values that mean something to JavaScript, to a database, to a terminal or to a log. */
const odd = fc.constantFrom<unknown>(
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e308,
  5e-324,
  2 ** 53,
  -(2 ** 53),
  '',
  ' ',
  '0',
  '-1',
  '1e400',
  'NaN',
  'null',
  'true',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  `${MARK}\u0000`,
  `${MARK}\ud800`,
  `${MARK}\r\n{"level":60}`,
  `\u202e${MARK}`,
  `\u001b[2J${MARK}`,
  '../../etc/passwd',
  '*',
  '$where',
  '%00',
  '२',
  {},
  [],
  [[]],
  [null],
  JSON.parse('{"toString":1,"valueOf":null,"then":1,"length":-1,"toJSON":1,"__proto__":{}}'),
  { $ne: null },
);
const text = fc
  .string({ unit: 'binary', maxLength: 60 })
  .map((made) => `${MARK}${made.replaceAll(/\p{Surrogate}/gu, '')}`);
const long = fc.integer({ min: 200, max: 12_000 }).map((length) => MARK + 'x'.repeat(length));
const deep = fc.integer({ min: 5, max: 200 }).map((levels) => {
  let nested: unknown = MARK;
  for (let i = 0; i < levels; i += 1) nested = i % 2 ? [nested] : { a: nested };
  return nested;
});

/** Whatever JSON can carry. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: odd },
  { weight: 6, arbitrary: text },
  { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 3, arbitrary: fc.integer() },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.array(odd, { maxLength: 250 }) },
);

const latitude = fc.double({ min: -91, max: 91, noNaN: true });
const longitude = fc.double({ min: -200, max: 200, noNaN: true });
const instant = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }).map((off) => Date.now() + off),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const point = fc.record({ lat: latitude, lng: longitude });

/** What apps call their fields, and what they put there. */
function plausibleFields(ids: readonly string[]): Record<string, fc.Arbitrary<unknown>> {
  const id = fc.constantFrom(...ids, 'no-such-id');
  return {
    lat: latitude,
    lng: longitude,
    latitude,
    longitude,
    coords: point,
    location: point,
    pickupPoint: point,
    stops: fc.array(fc.record({ point }), { maxLength: 3 }),
    timestamp: instant,
    accuracy: fc.double({ min: 0, max: 100, noNaN: true }),
    sequence: fc.nat(),
    epoch: fc.nat(3),
    tripId: id,
    assignmentId: id,
    userId: id,
    userIds: fc.array(id, { maxLength: 4 }),
    id,
    ids: fc.array(id, { maxLength: 4 }),
    conversationId: fc.constantFrom(
      'lobby',
      'room:fuzz',
      'trip:no-such-trip',
      ...ids.map((each) => `direct:${each}:other`),
    ),
    room: fc.constantFrom('fuzz', ' Fuzz ', 'other'),
    clientMessageId: fc.uuid(),
    text: fc.string({ maxLength: 30 }).map((made) => MARK + made),
    message: fc.string({ maxLength: 30 }).map((made) => MARK + made),
    version: fc.nat(50),
    before: fc.nat(50),
    limit: fc.integer({ min: -1, max: 120 }),
    mode: fc.constantFrom('events', 'frames'),
    bbox: fc.tuple(longitude, latitude, longitude, latitude),
    zoom: fc.integer({ min: -1, max: 25 }),
    page: fc.constantFrom('/a', { url: '/a' }, '{"url":"/a"}'),
    url: fc.webUrl(),
    x: fc.double({ min: -1, max: 2, noNaN: true }),
    y: fc.double({ min: -1, max: 2, noNaN: true }),
    status: fc.constantFrom('online', 'away', 'AVAILABLE', 'BUSY'),
    availabilityStatus: fc.constantFrom('AVAILABLE', 'BUSY', 'OFFLINE'),
    isAvailableForTrips: fc.boolean(),
    paymentMode: fc.constantFrom('cash', 'card'),
    idempotencyKey: fc.uuid(),
    token: fc.constantFrom('no token', `eyJhbGciOiJub25lIn0.${MARK}.`),
    reason: fc.constant(`${MARK} reason`),
    minutes: fc.integer({ min: 0, max: 400 }),
    until: instant,
    muted: fc.boolean(),
  };
}

/** Payloads of a request: as its DTO has them, nearly so, or not at all. */
export function payloadsOf(
  dto: (new () => object) | undefined,
  ids: readonly string[],
): fc.Arbitrary<unknown> {
  const fields = plausibleFields(ids);
  const own = dto
    ? getMetadataStorage()
        .getTargetValidationMetadatas(dto, '', false, false)
        .map(({ propertyName }) => propertyName)
    : [];
  const names = own.length > 0 ? [...new Set(own)] : Object.keys(fields);
  const valueOf = (name: string): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 3, arbitrary: fields[name] ?? text }, { weight: 1, arbitrary: anything });
  const shaped = fc
    .tuple(
      fc.subarray(names, { maxLength: Math.min(8, names.length) }),
      fc.subarray(Object.keys(fields), { maxLength: 2 }),
    )
    .chain(([some, others]) =>
      fc.record(Object.fromEntries([...some, ...others].map((name) => [name, valueOf(name)]))),
    );
  return fc.oneof(
    { weight: 8, arbitrary: shaped },
    { weight: 1, arbitrary: fc.array(shaped, { maxLength: 5 }) },
    { weight: 2, arbitrary: anything },
  );
}

/** The part of JSON Schema that the description of REST has. */
export interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
  oneOf?: Schema[];
}

/** Values that a schema allows, nearly so, or not at all. */
export function valuesOf(
  schema: Schema,
  definitions: Readonly<Record<string, Schema>>,
  ids: readonly string[],
  levels = 4,
): fc.Arbitrary<unknown> {
  const fields = plausibleFields(ids);
  const read = (each: Schema, name = '', left = levels): fc.Arbitrary<unknown> => {
    const { $ref, type, items, properties, allOf, oneOf } = each;
    if (left === 0) return anything;
    if ($ref) return read(definitions[$ref.split('/').at(-1)!] ?? {}, name, left);
    const [part] = allOf ?? oneOf ?? [];
    if (part) return read(part, name, left);
    if (each.enum) return fc.constantFrom(...each.enum);
    if (fields[name]) return fields[name];
    if (type === 'integer' || type === 'number')
      return fc.integer({
        min: each.minimum ?? -5,
        max: Math.max(each.minimum ?? -5, Math.min(each.maximum ?? 1_000, 1e9)),
      });
    if (type === 'boolean') return fc.boolean();
    if (type === 'array') return fc.array(near(items ?? {}, name, left - 1), { maxLength: 3 });
    if (properties)
      return fc.record(
        Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key, near(value, key, left - 1)]),
        ),
        { requiredKeys: [] },
      );
    return type === 'string' ? fc.oneof(text, fc.constantFrom(...ids)) : anything;
  };
  const near = (each: Schema, name: string, left: number): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 5, arbitrary: read(each, name, left) }, { weight: 1, arbitrary: anything });
  return near(schema, '', levels);
}
