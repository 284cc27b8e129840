import { type ClientEnvironment } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { CheckFailure } from '../check-socket.js';
import { targetOf } from '../target.js';
import { SeedClient, type Said } from './seed-client.js';

/** The people of a check, and the server that they speak to. */
export class PeopleScene {
  readonly passenger: string;
  readonly driver: string;
  readonly admin: string;
  private readonly server: { url: string; path: string };
  private readonly opened: SeedClient[] = [];

  /** @throws ConfigurationError that names the missing token */
  constructor(private readonly env: ClientEnvironment) {
    const target = targetOf(env, Namespace.passengers);
    this.server = { url: target.server, path: target.path };
    this.passenger = target.token;
    this.driver = targetOf(env, Namespace.drivers).token;
    this.admin = targetOf(env, Namespace.admin).token;
  }

  /** @param who a token; a guest without one */
  async open(namespace: string, who?: string): Promise<SeedClient> {
    return this.openWith(namespace, who === undefined ? {} : { token: who });
  }

  async openWith(namespace: string, auth: Record<string, string>): Promise<SeedClient> {
    const client = await SeedClient.open(this.server, namespace, auth);
    this.opened.push(client);
    return client;
  }

  /** Who has the token, as the server calls them. */
  async idOf(token: string): Promise<string> {
    const client = await this.open(Namespace.chat, token);
    const { userId } = await client.hears('hello', { ok: true });
    client.close();
    return String(userId);
  }

  /** @returns what the answer holds @throws CheckFailure with what the server says */
  async rest(method: string, path: string, token: string, body?: object): Promise<Said> {
    const response = await fetch(`${this.env.SERVER}/api/${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { data?: Said; message?: unknown };
    if (response.ok) return answer.data ?? {};
    throw new CheckFailure(`${method} /api/${path}: ${response.status} ${String(answer.message)}`);
  }

  close(): void {
    for (const client of this.opened) client.close();
  }
}
