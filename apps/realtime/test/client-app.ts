import { RidewireClient, type ConnectionOptions, type ConnectionState } from '#libs/client';
import { type UserType } from '#libs/contracts';
import { startTcpProxy, until, type TcpProxy } from '#libs/testing';
import { type TestCluster, type TestUser } from './cluster.js';

/** What a load balancer does that asks /health/ready: a way to the instances that a test can turn. */
export class TestBalancer {
  /** Connections of TCP so far. */
  opened = 0;
  wire: TcpProxy;

  private constructor(private target: string) {}

  /** @param url of the instance that new connections go to */
  static async start(url: string): Promise<TestBalancer> {
    const balancer = new TestBalancer(url);
    balancer.wire = await startTcpProxy(() => {
      balancer.opened += 1;
      return Number(new URL(balancer.target).port);
    });
    return balancer;
  }

  turnTo(url: string): void {
    this.target = url;
  }

  get url(): string {
    return `http://127.0.0.1:${this.wire.port}`;
  }

  close(): Promise<void> {
    return this.wire.close();
  }
}

export interface TestApp {
  user: TestUser;
  client: RidewireClient;
  /** Every state in the order in which they came. */
  states: ConnectionState[];
  /** Why a token was asked for, each time. */
  tokensAsked: string[];
}

/** An app with a client of its own, as its users have it. */
export async function openApp(
  cluster: TestCluster,
  userType: UserType,
  url: string,
  { ttlMs, ...options }: Partial<ConnectionOptions> & { ttlMs?: number } = {},
): Promise<TestApp> {
  const user = await cluster.addUser(userType);
  const tokensAsked: string[] = [];
  const client = new RidewireClient({
    url,
    getToken: (reason) => {
      tokensAsked.push(reason);
      return cluster.tokenFor(user, ttlMs);
    },
    ...options,
  });
  const states: ConnectionState[] = [];
  client.subscribe(() => states.push(client.getState()));
  return { user, client, states, tokensAsked };
}

export function untilStatus(
  { client }: Pick<TestApp, 'client'>,
  ...statuses: ConnectionState['status'][]
): Promise<void> {
  return until(`the client is ${statuses.join(' or ')}`, () =>
    statuses.includes(client.getState().status),
  );
}

/** The statuses that a client went through, each once in a row. */
export function statusesOf({ states }: TestApp): string[] {
  const statuses = states.map(({ status }) => status);
  return statuses.filter((status, i) => status !== statuses[i - 1]);
}
