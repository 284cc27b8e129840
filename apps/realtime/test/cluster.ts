import { randomUUID } from 'node:crypto';
import { type Type } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { AccountsService } from '#libs/accounts';
import { SessionsService } from '#libs/auth';
import { type Environment } from '#libs/config';
import { Namespace, UserType } from '#libs/contracts';
import {
  AppClient,
  signAccessToken,
  BareSocket,
  testEnvironment,
  type ToldClient,
} from '#libs/testing';
import { bootstrap, listen } from '../src/bootstrap.js';

export interface ClusterInstance {
  app: NestExpressApplication;
  url: string;
}

export interface TestUser {
  userId: string;
  sid: string;
  userType: UserType;
  token: string;
}

/** Where the apps of each type of user connect. */
export const NAMESPACE_OF = {
  [UserType.driver]: Namespace.drivers,
  [UserType.passenger]: Namespace.passengers,
  [UserType.admin]: Namespace.admin,
} as const;

/** Instances that share one Redis and one key prefix, as behind a load balancer. */
export class TestCluster {
  private readonly clients: ToldClient[] = [];

  private constructor(
    readonly environment: Environment,
    readonly instances: ClusterInstance[],
    private readonly extraModules: readonly Type[] = [],
  ) {}

  static async start(
    options: { instances?: number; env?: Record<string, string>; extraModules?: Type[] } = {},
  ): Promise<TestCluster> {
    const environment = testEnvironment(options.env);
    const cluster = new TestCluster(environment, [], options.extraModules);
    for (let i = 0; i < (options.instances ?? 2); i += 1) await cluster.addInstance();
    return cluster;
  }

  /** @param overrides settings of this instance alone, e.g. another way to Redis */
  async addInstance(overrides: Partial<Environment> = {}): Promise<ClusterInstance> {
    const app = await bootstrap({ ...this.environment, ...overrides }, this.extraModules);
    const instance = { app, url: await listen(app) };
    this.instances.push(instance);
    return instance;
  }

  url(instance: number): string {
    return this.instances[instance]!.url;
  }

  /** A user with a live session and an access token. */
  async addUser(
    userType: UserType,
    options: { userId?: string; ttlMs?: number } = {},
  ): Promise<TestUser> {
    const userId = options.userId ?? `${userType}-${randomUUID().slice(0, 8)}`;
    const { app } = this.instances[0]!;
    const account = await app.get(AccountsService, { strict: false }).ensure(userId, userType);
    const { sid } = await app.get(SessionsService, { strict: false }).open({
      account,
      ttlMs: this.environment.JWT_REFRESH_EXPIRES_IN,
      client: { address: '127.0.0.1', userAgent: 'test' },
      fields: {},
    });
    return {
      userId,
      sid,
      userType,
      token: await this.tokenFor({ userId, sid, userType }, options.ttlMs),
    };
  }

  tokenFor(user: Pick<TestUser, 'userId' | 'sid' | 'userType'>, ttlMs?: number): Promise<string> {
    const { userId, sid, userType } = user;
    return signAccessToken(this.environment, {
      userId,
      sid,
      userType,
      ...(ttlMs === undefined ? {} : { ttlMs }),
    });
  }

  /** A client as apps have it, in the namespace of the user's type, once it is ready. */
  connect(
    user: TestUser,
    instance: number,
    auth: Record<string, unknown> = {},
  ): Promise<AppClient> {
    return this.openApp(NAMESPACE_OF[user.userType], user, instance, auth);
  }

  /**
   * A client as apps have it, once it is ready.
   * @param auth what it says beside the token
   * @param socket options of Socket.IO
   */
  async openApp(
    namespace: Parameters<typeof AppClient.open>[1],
    { token }: Partial<Pick<TestUser, 'token'>>,
    instance: number,
    auth: Record<string, unknown> = {},
    socket: Parameters<typeof AppClient.open>[3] = {},
  ): Promise<AppClient> {
    const said = { ...auth, ...(token === undefined ? {} : { token }) };
    const client = await AppClient.open(this.url(instance), namespace, said, socket);
    this.clients.push(client);
    return client;
  }

  /** Opens a bare socket without waiting for it. */
  openBare(
    namespace: Parameters<typeof BareSocket.open>[1],
    instance: number,
    auth: Record<string, unknown>,
    options: Parameters<typeof BareSocket.open>[3] = {},
  ): BareSocket {
    const client = BareSocket.open(this.url(instance), namespace, auth, options);
    this.clients.push(client);
    return client;
  }

  /** As `openBare`, in the namespace of the user's type. */
  openBareOf(user: TestUser, instance: number, auth: Record<string, unknown> = {}): BareSocket {
    return this.openBare(NAMESPACE_OF[user.userType], instance, { token: user.token, ...auth });
  }

  /** As `openBareOf`, once it has been greeted. */
  async connectBare(
    user: TestUser,
    instance: number,
    auth: Record<string, unknown> = {},
  ): Promise<BareSocket> {
    const client = this.openBareOf(user, instance, auth);
    await client.waitFor('hello').catch((error: unknown) => {
      throw new Error(`${user.userType} was not greeted: ${JSON.stringify(client.refusals)}`, {
        cause: error,
      });
    });
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.instances.map(({ app }) => app.close()));
  }
}
