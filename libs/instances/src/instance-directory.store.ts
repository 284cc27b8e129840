import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';

/** How an instance is reached by the others, and the key that proves to it who asks. */
export interface InstanceContact {
  readonly host: string;
  readonly port: number;
  readonly key: Buffer;
}

const renewInstance = LuaScript.load(import.meta.url, 'renew_instance');

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
    const contact = `${host} ${port} ${key.toString('base64url')}`;
    const flat = (await this.commands.run(
      renewInstance,
      [this.key],
      [id, contact, leaseMs],
    )) as string[];
    const live = new Map<string, InstanceContact>();
    for (let at = 0; at < flat.length; at += 2) live.set(flat[at]!, parseContact(flat[at + 1]!));
    return live;
  }
}

function parseContact(text: string): InstanceContact {
  const [host = '', port = '', key = ''] = text.split(' ');
  return { host, port: Number(port), key: Buffer.from(key, 'base64url') };
}
