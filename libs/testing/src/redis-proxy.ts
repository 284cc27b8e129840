import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** A way to Redis that a test can cut for one instance: to all of a cluster at once where it is one. */
export interface RedisProxy extends Pick<TcpProxy, 'cut' | 'stall' | 'mend' | 'close'> {
  /** For REDIS_URL of the instance; its mode is that of the others. */
  readonly url: string;
}

/** @param redisUrl the addresses of the servers; nodes of a cluster that are not among them stay direct */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const ports = redisUrl.split(',').map((url) => Number(new URL(url).port));
  const names = new Map<string, string>();
  const wires = await Promise.all(ports.map((port) => startTcpProxy(port, 0, renamed(names))));
  ports.forEach((port, i) => names.set(`:${port}\r\n`, `:${wires[i]!.port}\r\n`));
  const each = (act: (wire: TcpProxy) => void) => () => wires.forEach(act);
  return {
    url: wires.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    cut: each((wire) => wire.cut()),
    stall: each((wire) => wire.stall()),
    mend: each((wire) => wire.mend()),
    close: async () => {
      await Promise.all(wires.map((wire) => wire.close()));
    },
  };
}

/** A cluster names its nodes in its map and in redirections: the client must take them for the proxies. */
function renamed(names: ReadonlyMap<string, string>): (reply: Buffer) => Buffer {
  return (reply) => {
    const known = [...names].filter(([own]) => names.size > 1 && reply.includes(own));
    if (known.length === 0) return reply;
    let text = reply.toString('latin1');
    for (const [own, proxy] of known) text = text.replaceAll(own, proxy);
    return Buffer.from(text, 'latin1');
  };
}
