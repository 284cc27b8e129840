import { randomUUID } from 'node:crypto';
import { type TestingModule } from '@nestjs/testing';
import { AccountsService } from '#libs/accounts';
import { AuthModule, SessionsService } from '#libs/auth';
import { type Environment } from '#libs/config';
import { SessionEndReason, type UserType } from '#libs/contracts';
import { readUntilDone } from '#libs/redis';
import { signAccessToken, startModules, testEnvironment, until } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../../scripts/redis.mjs';
import { type TestUser } from '../cluster.js';
import { InstanceProcess } from '../instance-process.js';

/** Longer than any clock is moved. */
const SESSION_MS = 24 * 3_600_000;
const API_KEY = 'the-key-of-the-programs-of-the-company';
/** Faults of the load are not to be mixed up with limits: the tests of limits set their own. */
const ROOMY = {
  WS_RATE_PER_SECOND: '10000',
  WS_RATE_BURST: '10000',
  CHAT_MESSAGES: '1000000',
  TRIP_REQUESTS: '100000',
  WS_MAX_CONNECTIONS_PER_USER: '100',
};
/** As in production: tests with patience of their own would not notice who waits too long. */
const REAL_TIMES = { REDIS_COMMAND_TIMEOUT: '2s', WS_REQUEST_DEADLINE: '5s' };

export interface SceneOptions {
  instances?: number;
  /** Settings of all instances. */
  env?: Record<string, string>;
  /** Settings of one instance, by its number: e.g. another way to Redis. */
  envOf?: (instance: number) => Record<string, string>;
  /** Redis keeps what was written over its death. Default true. */
  appendOnly?: boolean;
  /** More settings of Redis, as in redis.conf. */
  redisSettings?: Record<string, string>;
  /** More of the environment of Redis. */
  redisEnv?: NodeJS.ProcessEnv;
  /** Several servers instead of the one; whoever has started them ends them. */
  topology?: { readonly variables: Record<string, string> };
}

/** Rides that only the fault of a case disturbs: nobody is taken for gone, searches end soon. */
export const CALM_RIDES = {
  DISPATCH_OFFER_TTL: '6s',
  DISPATCH_RETRY_INTERVAL: '500ms',
  DISPATCH_SEARCH_TIME: '8s',
  DISPATCH_MAX_POSITION_AGE: '10m',
  DRIVER_LEASE: '5m',
  WEBHOOK_SECRET: 'the-secret-of-the-webhooks-of-32-chars',
  WEBHOOK_RETRY_DELAY: '200ms',
  WEBHOOK_RETRY_MAX_DELAY: '1s',
};

/** Instances as processes on a Redis of their own, which a test breaks. */
export class FaultScene {
  /** Those that a test has ended, for what they said. */
  private readonly ended: InstanceProcess[] = [];

  private constructor(
    private readonly own: OwnRedis | undefined,
    private readonly redisVariables: Readonly<Record<string, string>>,
    readonly environment: Environment,
    /** Opens accounts and ends sessions, beside the instances. */
    private readonly office: TestingModule,
    readonly instances: InstanceProcess[],
    private readonly options: SceneOptions,
  ) {}

  static async start(options: SceneOptions = {}): Promise<FaultScene> {
    const { appendOnly = true, redisSettings: settings = {}, redisEnv, topology, env } = options;
    const own = topology
      ? undefined
      : await startRedis({ appendOnly, settings, env: redisEnv ?? {}, quiet: true });
    const variables = topology?.variables ?? { REDIS_URL: own!.url, REDIS_MODE: 'single' };
    const environment = testEnvironment({ ...variables, ...env });
    const office = await startModules(environment, [AuthModule]);
    const scene = new FaultScene(own, variables, environment, office, [], options);
    await Promise.all(Array.from({ length: options.instances ?? 2 }, () => scene.addInstance()));
    return scene;
  }

  /** The one server; a scene on several has none. */
  get redis(): OwnRedis {
    if (!this.own) throw new Error('this scene has several servers');
    return this.own;
  }

  async addInstance(): Promise<number> {
    const index = this.instances.length;
    this.instances.push(this.startInstance(index));
    await this.instances[index]!.url();
    return index;
  }

  /** A new process in the place of one that has ended, which listens some seconds later. */
  replaceInstance(index: number): InstanceProcess {
    this.ended.push(this.instances[index]!);
    this.instances[index] = this.startInstance(index);
    return this.instances[index];
  }

  /** Every instance listens. */
  async untilAllListen(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.url()));
  }

  async addUser(userType: UserType): Promise<TestUser> {
    // The office finds a Redis that is back some moments after the instances do, or before them.
    let user: TestUser | undefined;
    await readUntilDone(
      async () => void (user = await this.openSession(userType)),
      () => user === undefined,
    );
    return user!;
  }

  private async openSession(userType: UserType): Promise<TestUser> {
    const userId = `${userType}-${randomUUID().slice(0, 8)}`;
    const account = await this.office
      .get(AccountsService, { strict: false })
      .ensure(userId, userType);
    const { sid } = await this.office.get(SessionsService, { strict: false }).open({
      account,
      ttlMs: SESSION_MS,
      client: { address: '127.0.0.1', userAgent: 'test' },
      fields: {},
    });
    const user = { userId, sid, userType };
    const token = await signAccessToken(this.environment, { ...user, ttlMs: 3_600_000 });
    return { ...user, token };
  }

  /** Resolves once it is acknowledged. */
  async revoke({ sid, userId }: TestUser): Promise<void> {
    const sessions = this.office.get(SessionsService, { strict: false });
    await sessions.revoke(sid, userId, SessionEndReason.revokedByAdmin);
  }

  /** What a dispatcher's program reads of one instance over REST. */
  async read<T>(instance: number, path: string): Promise<T> {
    const response = await fetch(`${await this.instances[instance]!.url()}/api/${path}`, {
      headers: { 'x-api-key': API_KEY },
    });
    const body = (await response.json()) as { data: T };
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
    return body.data;
  }

  /** Ready, not ready, or no answer within the time that a load balancer gives. */
  async readiness(instance: number, timeoutMs = 3_000): Promise<boolean | undefined> {
    const url = await this.instances[instance]!.url();
    const answer = await fetch(`${url}/health/ready`, {
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => undefined);
    return answer?.ok;
  }

  /** @returns how long it took, ms */
  async untilReady(isReady = true, timeoutMs = 60_000): Promise<number> {
    const startedAt = performance.now();
    const expected = isReady ? 'ready' : 'not ready';
    for (const [i] of this.instances.entries())
      await until(
        `instance ${i} is ${expected}`,
        async () => ((await this.readiness(i)) === true) === isReady,
        timeoutMs,
      );
    return performance.now() - startedAt;
  }

  /** What the instances said of themselves that a right one never says. */
  complaints(): string[] {
    return [...this.instances, ...this.ended].flatMap((instance, i) => {
      const errors = instance.output
        .split('\n')
        .filter((line) => /"level":(50|60)|unhandled|uncaught|heap out of memory/.test(line));
      if (instance.exitCode !== undefined && !instance.isEnding)
        errors.push(`it ended with ${instance.exitCode}`);
      return errors.map((line) => `instance ${i}: ${line.slice(0, 600)}`);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.end('SIGKILL')));
    await this.office.close();
    await this.own?.stop();
  }

  private startInstance(index: number): InstanceProcess {
    const { REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = this.environment;
    return new InstanceProcess({
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      ...this.redisVariables,
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
      ADMIN_API_KEY: API_KEY,
      ...REAL_TIMES,
      ...ROOMY,
      ...this.options.env,
      ...this.options.envOf?.(index),
    });
  }
}
