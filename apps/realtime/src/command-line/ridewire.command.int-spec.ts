import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { ConfigurationError, type Environment } from '#libs/config';
import { LogLevels } from '#libs/observability';
import { until } from '#libs/testing';
import { TestCluster } from '../../test/cluster.js';
import { InstanceProcess } from '../../test/instance-process.js';
import { readDocument } from '../../test/markdown.js';
import { runCommand } from './ridewire.command.js';

const OPERATIONS = fileURLToPath(new URL('../../../../docs/OPERATIONS.md', import.meta.url));

describe('npx ridewire', () => {
  let cluster: TestCluster;
  let environment: Environment;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    ({ environment } = cluster);
  });
  afterAll(() => cluster.close());

  const run = (...args: string[]) => runCommand(args, () => environment);
  const json = async (...args: string[]) =>
    JSON.parse(await run(...args, '--json')) as Record<string, unknown>[];

  it('[DOC8] OPERATIONS.md has the commands and options that the program names, and no other', async () => {
    const usage = await run('no-such-command').then(
      () => expect.fail('it is a command'),
      (error: unknown) => (error as Error).message,
    );
    /** `person erase --force`, of `person erase <user id> [--force]`. */
    const shape = (said: string) =>
      [
        ...said.matchAll(/^[a-z-]+(?: (?:export|erase))?(?= |$)/g),
        ...said.matchAll(/--[a-z-]+/g),
      ].join(' ');
    const named = usage
      .split('\n')
      .filter((line) => /^ {2}[a-z]/.test(line))
      .map((line) => shape(line.trim().split(/ {3,}|(?<=\]) (?=[a-z])/)[0]!));
    expect(named.length).toBeGreaterThan(10);
    const written = readDocument(OPERATIONS)
      .rows('Command line')
      .map(([said = '']) => shape(said.replaceAll('`', '')));
    expect(written.toSorted()).toEqual(named.toSorted());
  });

  it('[CLI1] issues a token that instances accept, lists the sessions of a person and ends them', async () => {
    const account = await cluster.instances[0]!.app.get(AccountsService, { strict: false }).create({
      userType: 'driver',
      email: 'cli@example.com',
      password: 'correct horse',
    });
    const [issued] = await json('issue-token', '--user', 'CLI@example.com');
    expect(issued).toMatchObject({ userId: account.id });
    const driver = cluster.openBare('/drivers', 1, { token: issued!['token'] });
    await driver.waitFor('hello');
    const sessions = await json('sessions', '--user', account.id);
    expect(sessions).toMatchObject([{ sid: issued!['sid'] }]);
    expect(await run('sessions', '--user', account.id)).toMatch(/^sid +app +createdAt/);
    // Ids of sessions are made at random: some begin with a dash.
    await expect(run('revoke', '--user', account.id, '--sid', '-4f_k')).rejects.toThrow(
      `${account.id} has no session -4f_k.`,
    );
    expect(await json('revoke', '--user', account.id)).toEqual([{ userId: account.id, ended: 1 }]);
    await until('it is cut on its instance', () => !driver.socket.connected);
    expect(await run('sessions', '--user', account.id)).toBe('None.');
  });

  it('[CLI1] issues people for a simulation, each with an open session and tokens that can be renewed', async () => {
    const lines = await run('issue-people', '--drivers', '3', '--dispatchers', '1');
    const people = lines.split('\n').map((line) => JSON.parse(line) as Record<string, string>);
    expect(people.map(({ userType }) => userType)).toEqual(['driver', 'driver', 'driver', 'admin']);
    const driver = cluster.openBare('/drivers', 1, { token: people[0]!['accessToken'] });
    expect(await driver.waitFor('hello')).toMatchObject({ userId: people[0]!['userId'] });
    const post = (path: string, body: object) =>
      fetch(`${cluster.url(0)}/api/auth/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const renewed = await post('refresh', { refreshToken: people[1]!['refreshToken'] });
    expect(renewed.status).toBe(200);
    await expect(run('issue-people')).rejects.toThrow('Say whom: --drivers N');
    await expect(run('issue-people', '--drivers', 'x')).rejects.toThrow(
      '--drivers must be a whole',
    );
  });

  it('[CLI1] invites a visitor of each kind, behind those of the simulation, with a code that signs in once', async () => {
    const lines = await run('issue-people', '--drivers', '1', '--visitors');
    const people = lines.split('\n').map((line) => JSON.parse(line) as Record<string, string>);
    expect(people.map(({ userType, signInCode }) => [userType, signInCode !== undefined])).toEqual([
      ['driver', false],
      ['driver', true],
      ['passenger', true],
      ['admin', true],
    ]);
    const enter = (code: string | undefined) =>
      fetch(`${cluster.url(0)}/api/auth/code`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
    for (const { signInCode, accessToken } of people.slice(1)) {
      expect(accessToken).toBeUndefined();
      expect((await enter(signInCode)).status).toBe(200);
      expect((await enter(signInCode)).status).toBe(401);
    }
  });

  it('[CLI1] makes a link that signs a browser in once', async () => {
    const { userId } = await cluster.addUser('admin');
    const [made] = await json('sign-in-link', '--user', userId, '--url', 'https://a.example/');
    expect(made!['link']).toMatch(/^https:\/\/a\.example\/#sign-in=[\w-]{32}$/);
  });

  it('[CLI2] shows the instances, and lets one drain and end', async () => {
    const { REDIS_URL, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = environment;
    const leaving = new InstanceProcess({
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL,
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
      DRAIN_PERIOD: '0ms',
    });
    const { port } = new URL(await leaving.url());
    let instances: Record<string, unknown>[] = [];
    await until('all three are listed', async () => {
      instances = await json('instances');
      return instances.length === 3;
    });
    const { id, version, draining, connections } = instances.find(
      (each) => String(each['port']) === port,
    )!;
    expect({ version, draining, connections }).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      draining: false,
      connections: 0,
    });
    await expect(run('drain', 'no-such')).rejects.toThrow('There is no instance no-such');
    // One instance of 64 has an id with a dash in front.
    await expect(run('drain', '-no-such', '--json')).rejects.toThrow(
      'There is no instance -no-such',
    );
    expect(await run('drain', String(id))).toContain(String(id));
    expect(await leaving.exited()).toBe(0);
    expect(leaving.output).toContain('"signal":"drain"');
  });

  it('[LOG5] lets all instances log more, or one, until the time is over', async () => {
    const levels = () =>
      cluster.instances.map(({ app }) => app.get(LogLevels, { strict: false }).current);
    expect(levels()).toEqual(['silent', 'silent']);
    const told = await json('log-level', 'fatal', '--minutes', '5');
    // The one that has just gone may be among them.
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.every(({ level }) => level === 'fatal')).toBe(true);
    await until('both do', () => levels().every((level) => level === 'fatal'));
    await run('log-level', 'silent', '--instance', String(told[0]!['id']), '--minutes', '0.001');
    await until('one is back', () => levels().toSorted().join() === 'fatal,silent');
    await expect(run('log-level', 'loud')).rejects.toThrow('Levels are fatal');
    await expect(run('log-level', 'debug', '--minutes', '0')).rejects.toThrow('minutes are up to');
    await expect(run('log-level', 'debug', '--instance', 'no-such')).rejects.toThrow(
      'There is no instance no-such',
    );
  });

  it('[CLI3] says what lies in Redis by kind, and names nobody', async () => {
    const { userId } = await cluster.addUser('passenger');
    const kinds = await json('redis-keys');
    expect(kinds.length).toBeGreaterThan(3);
    for (const { keys, bytes } of kinds) {
      expect(keys).toBeGreaterThan(0);
      expect(bytes).toBeGreaterThan(0);
    }
    expect(JSON.stringify(kinds)).not.toContain(userId);
    expect(kinds.map(({ kind }) => kind)).toContain('instances:contacts');
  });

  it('[CLI3] checks the configuration, creates admins and replays what was given up', async () => {
    expect(await json('check-config')).toMatchObject([{ configuration: 'right', logins: 'own' }]);
    vi.stubEnv('WS_PING_INTERVL', '3s');
    const misspelled = await json('check-config');
    vi.unstubAllEnvs();
    expect(misspelled[0]!['notRead']).toBe('WS_PING_INTERVL (meant WS_PING_INTERVAL?)');
    const wrong = () => {
      throw new ConfigurationError(['PORT must be a whole number']);
    };
    await expect(runCommand(['check-config'], wrong)).rejects.toThrow('PORT must be');
    const created = await runCommand(
      ['create-admin', '--email', 'cli.admin@example.com'],
      () => environment,
      Readable.from(['correct horse\n']),
    );
    expect(created).toMatch(/^created\n\S+$/);
    expect(await json('replay-dead-letters')).toEqual([]);
    await expect(run('replay-dead-letters', '--id', '1-1')).rejects.toThrow(
      'There is no dead letter 1-1.',
    );
  });

  it('[CLI1] says of what it does not understand what is wrong, and what to type', async () => {
    // With what is wrong left out, the last but one would end every session.
    for (const [typed, says] of [
      ['no-such-command', 'There is no command no-such-command.\nUsage: npx ridewire <command>'],
      ['sessions', 'sessions needs --user <id or address>.\nUsage: npx ridewire sessions --user'],
      ['sessions --user', "Option '--user <value>' argument missing\nUsage: npx ridewire sessions"],
      ['sessions --user nobody@example.com', 'There is no account nobody@example.com.'],
      ['person', 'There is no command person.'],
      ['person export', 'person export needs <id, e-mail or phone>.'],
      ['person erase nobody@example.com', 'There is no account nobody@example.com.'],
      ['drain', 'drain needs <instance>.'],
      ['drain one two', 'drain does not take two.'],
      ['revoke --user one --id two', "Unknown option '--id'.\nUsage: npx ridewire revoke --user"],
      ['instances all', 'instances does not take all.'],
    ] as const)
      await expect(run(...typed.split(' '))).rejects.toThrow(says);
    for (const asked of ['--help', 'help', '-h', 'drain --help'])
      expect(await run(...asked.split(' '))).toMatch(/^Usage: npx ridewire <command>/);
  });
});
