import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';

/** How an instance is reached by the others, and the key that proves to it who asks. */
export interface InstanceContact {
  readonly host: string;
  readonly port: number;
  readonly key: Buffer;
  /** Which records of webhooks it reads and writes: absent for release 0.1.0. */
  readonly layout?: number;
}

/** Of instances of this release. A later one that changes the records has the next. */
export const LAYOUT = 2;

const renewInstance = LuaScript.load(import.meta.url, 'renew_instance');
const listContacts = LuaScript.load(import.meta.url, 'list_contacts');

@Injectable()
export class InstanceDirectoryStore {
  private readonly key: string;

  constructor(
    keys: RedisKeys,
    private readonly commands: RedisCommands,
  ) {
    this.key = keys.key('instances', 'contacts');
  }

  /** Renews one instance and reads all that live. */
  async renew(
    id: string,
    { host, port, key }: InstanceContact,
    leaseMs: number,
  ): Promise<Map<string, InstanceContact>> {
    // An older release reads the first three.
    const contact = `${host} ${port} ${key.toString('base64url')} ${LAYOUT}`;
    const flat = (await this.commands.run(
      renewInstance,
      [this.key],
      [id, contact, leaseMs],
    )) as string[];
    const live = new Map<string, InstanceContact>();
    for (let at = 0; at < flat.length; at += 2) live.set(flat[at]!, parseContact(flat[at + 1]!));
    return live;
  }

  /** All that live, without a word of this one. */
  async list(): Promise<InstanceContact[]> {
    const [now, ...entries] = (await this.commands.run(listContacts, [this.key], [])) as string[];
    return entries.flatMap((entry) => {
      const at = entry.indexOf(' ');
      const isLive = Number(entry.slice(0, at)) > Number(now);
      return isLive ? [parseContact(entry.slice(at + 1))] : [];
    });
  }
}

function parseContact(text: string): InstanceContact {
  const [host = '', port = '', key = '', layout] = text.split(' ');
  const contact = { host, port: Number(port), key: Buffer.from(key, 'base64url') };
  return layout === undefined ? contact : { ...contact, layout: Number(layout) };
}
