import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, environmentSchema, parseEnvironment } from '#libs/config';
import * as contracts from '#libs/contracts';
import {
  errorCatalogue,
  factNames,
  FeedMode,
  FixVerdict,
  ImplausibleReason,
  Namespace,
  PositionQuality,
  servedAs,
  SessionEndReason,
  UserType,
} from '#libs/contracts';
import { SocketServer } from '../src/socket/engine/socket-server.js';
import { RequestRoutes } from '../src/socket/request/request-routes.js';
import { TestCluster, type TestUser } from './cluster.js';
import { namesIn, readDocument, type Document, type Row } from './markdown.js';

const root = path.resolve(import.meta.dirname, '../../..');
const protocol = readDocument(path.join(root, 'libs/contracts/PROTOCOL.md'));
const rules = readDocument(path.join(root, 'docs/RULES.md'));
const configuration = readDocument(path.join(root, 'docs/CONFIGURATION.md'));

const EVERY_NAMESPACE = 'Every namespace';
const OF_EVERY_NAMESPACE: ReadonlySet<string> = new Set(['session', 'notification']);
/** What is served under an older name as well has one section. */
const NAMESPACES = Object.values(Namespace).filter((name) => servedAs(name) === name);
const SECTIONS = [EVERY_NAMESPACE, ...NAMESPACES];

/** Names of a column, sorted: documents may order rows as they read best. */
function names(document: Document, heading: string): string[] {
  return document
    .rows(heading)
    .map(([first]) => nameOf(first))
    .toSorted();
}

function nameOf(cell: string | undefined): string {
  return namesIn(cell)[0] ?? `(no name in: ${cell})`;
}

function sorted(values: Iterable<string>): string[] {
  return [...values].toSorted();
}

function sectionsOf(owner: string): string[] {
  if (owner === 'presence') return [Namespace.chat, Namespace.admin];
  return [OF_EVERY_NAMESPACE.has(owner) ? EVERY_NAMESPACE : `/${owner}`];
}

/** The objects of the contract that name requests, e.g. AdminRequest, under the section they belong to. */
function requestsOfContract(): Map<string, string[]> {
  const bySection = new Map(SECTIONS.map((section) => [section, [] as string[]]));
  for (const [name, value] of Object.entries(contracts)) {
    const owner = /^([A-Z][a-z]+)Request$/.exec(name)?.[1]?.toLowerCase();
    if (owner === undefined || typeof value !== 'object') continue;
    for (const section of sectionsOf(owner))
      bySection.get(section)!.push(...Object.values(value as Record<string, string>));
  }
  return bySection;
}

function filesUnder(directory: string, wanted: (file: string) => boolean): string[] {
  return readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(root, directory, file))
    .filter((file) => !file.includes('node_modules') && wanted(file));
}

describe('PROTOCOL.md', () => {
  let cluster: TestCluster;
  let routes: RequestRoutes;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
    routes = cluster.instances[0]!.app.get(RequestRoutes, { strict: false });
  });

  afterAll(() => cluster.close());

  it('[DOC1] names the requests that are served, in each namespace, with their cost', () => {
    const own = routes.list().filter(({ namespace }) => servedAs(namespace) === namespace);
    const served = own.map(({ namespace, event }) => {
      return `${namespace} ${event} ${routes.find(namespace, event)!.price.cost}`;
    });
    const rowsOf = (section: string): Row[] => protocol.rows(`Requests of ${section}`);
    const written = NAMESPACES.flatMap((namespace) =>
      [...rowsOf(EVERY_NAMESPACE.toLowerCase()), ...rowsOf(namespace)].map(
        ([event, cost]) => `${namespace} ${nameOf(event)} ${cost}`,
      ),
    );
    expect(sorted(written)).toEqual(sorted(served));
  });

  it('[DOC1] names the requests of the contract, and each of them is served', () => {
    for (const [section, events] of requestsOfContract()) {
      const heading = section === EVERY_NAMESPACE ? section.toLowerCase() : section;
      expect(names(protocol, `Requests of ${heading}`), section).toEqual(sorted(events));
    }
  });

  it('[DOC1] names the facts of the contract in each namespace', () => {
    const everywhere = factNames[Namespace.chat].filter((name) =>
      Object.values<readonly string[]>(factNames).every((facts) => facts.includes(name)),
    ) as readonly string[];
    expect(names(protocol, 'Facts of every namespace')).toEqual(sorted(everywhere));
    for (const namespace of NAMESPACES) {
      const own = factNames[namespace].filter((name) => !everywhere.includes(name));
      expect(names(protocol, `Facts of ${namespace}`), namespace).toEqual(sorted(own));
    }
  });

  it('[DOC2] names every error code with its status and whether to try again', () => {
    const written = protocol
      .rows('Error codes')
      .map(([code, status, retryable]) => [nameOf(code), Number(status), retryable === 'yes']);
    const known = Object.entries(errorCatalogue).map(([code, { status, retryable }]) => [
      code,
      status,
      retryable,
    ]);
    expect(written.toSorted()).toEqual(known.toSorted());
  });

  it('[DOC2] names every verdict, reason and quality', () => {
    expect(names(protocol, 'Verdicts')).toEqual(sorted(Object.values(FixVerdict)));
    expect(names(protocol, 'Reasons of implausible fixes')).toEqual(
      sorted(Object.values(ImplausibleReason)),
    );
    expect(names(protocol, 'Quality')).toEqual(sorted(Object.values(PositionQuality)));
    expect(names(protocol, 'Reasons of auth:session_revoked')).toEqual(
      sorted(Object.values(SessionEndReason)),
    );
  });

  it('[DOC3] names every room that a client is put into', async () => {
    const driver = await cluster.addUser(UserType.driver);
    const passenger = await cluster.addUser(UserType.passenger);
    const admin = await cluster.addUser(UserType.admin);
    const joined = new Set<string>();
    const noteRooms = async (user: TestUser, namespace: Namespace, auth = {}): Promise<void> => {
      const client = await cluster.openApp(namespace, user, 0, auth);
      if (namespace === Namespace.admin) await client.waitFor('driver:snapshot');
      const server = cluster.instances[0]!.app.get(SocketServer, { strict: false });
      for (const socket of server.namespace(namespace).sockets.values()) {
        for (const room of socket.rooms) {
          if (room !== socket.id) joined.add(`${namespace} ${anonymous(room, user)}`);
        }
      }
      client.close();
    };
    await noteRooms(driver, Namespace.drivers);
    await noteRooms(passenger, Namespace.passengers);
    for (const feed of Object.values(FeedMode)) await noteRooms(admin, Namespace.admin, { feed });
    for (const user of [driver, passenger, admin]) await noteRooms(user, Namespace.chat);

    const written = protocol
      .rows('Rooms')
      .flatMap(([room, namespaces]) =>
        (namespaces === 'all' ? Object.values(Namespace) : namesIn(namespaces)).map(
          (namespace) => `${namespace} ${nameOf(room)}`,
        ),
      );
    expect(sorted(new Set(written))).toEqual(sorted(joined));
  });

  it('[DOC4] every rule is tested by titles that begin with its id, and no title names another', () => {
    const tested = new Set<string>();
    const untitled: string[] = [];
    // The simulator is a client: what it checks of itself is no rule of the service.
    for (const directory of ['apps/realtime', 'libs']) {
      for (const file of filesUnder(directory, (name) => /spec\.tsx?$/.test(name))) {
        const source = readFileSync(file, 'utf8');
        for (const [, id] of source.matchAll(/['"`]\[([A-Z]+\d+)\] /g)) tested.add(id!);
        for (const [title] of source.matchAll(/\b(?:it|test)\(\s*['"`](?!\[[A-Z]+\d+\] ).*/g)) {
          untitled.push(`${path.relative(root, file)}: ${title}`);
        }
      }
    }
    expect(sorted(tested)).toEqual(names(rules, 'Rules'));
    expect(untitled, 'titles without an id').toEqual([]);
    const both = names(rules, 'Reserved rules').filter((id) => tested.has(id));
    expect(both, 'reserved rules that are tested').toEqual([]);
  });
});

describe('the code of apps/realtime', () => {
  const sources = filesUnder(
    'apps/realtime/src',
    (file) => file.endsWith('.ts') && !file.endsWith('spec.ts'),
  ).map(
    (file) => [path.relative(root, file), withoutComments(readFileSync(file, 'utf8'))] as const,
  );

  it('[DOC1] sends facts through the outbox alone, and subscribes by the names of the contract', () => {
    const bare: string[] = [];
    for (const [file, source] of sources) {
      if (!file.includes('/socket/sending/') && /\.emit\(/.test(source)) bare.push(file);
      for (const [call, first] of source.matchAll(/@SubscribeMessage\(\s*([^)]+?)\s*\)/g)) {
        if (!/^[A-Z][a-z]+Request\.\w+$/.test(first!)) bare.push(`${file}: ${call}`);
      }
    }
    expect(bare).toEqual([]);
  });
});

describe('CONFIGURATION.md and .env.example', () => {
  it('[DOC5] the configuration table has every variable and its default', () => {
    const written = new Map(
      configuration.rows('Variables').map(([name, value]) => [nameOf(name), value ?? '']),
    );
    expect(sorted(written.keys())).toEqual(sorted(Object.keys(environmentSchema.shape)));
    for (const [name, field] of Object.entries(environmentSchema.shape)) {
      const byDefault = field.safeParse(undefined);
      const [value] = namesIn(written.get(name));
      if (value === undefined) {
        const isNone = byDefault.success && (byDefault.data ?? []).toString() === '';
        expect(written.get(name), name).toBe(isNone ? 'none' : 'required');
      } else {
        expect(field.safeParse(value), name).toEqual({ success: true, data: byDefault.data });
      }
    }
  });

  it('[DOC5] .env.example needs nothing but the values that it leaves empty', () => {
    const lines = readFileSync(path.join(root, '.env.example'), 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const example = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    expect(Object.keys(environmentSchema.shape)).toEqual(
      expect.arrayContaining(Object.keys(example)),
    );
    const empty = Object.keys(example).filter((name) => example[name] === '');
    expect(sorted(problemsOf(example))).toEqual(sorted(empty));
  });
});

/** The variables that a start with this environment names as wrong. */
function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    parseEnvironment(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((problem) => problem.split(' ')[0]!);
  }
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '');
}

function anonymous(room: string, { userId, sid }: TestUser): string {
  return room.replace(userId, '{userId}').replace(sid, '{sid}').replace(/\.$/, '');
}
