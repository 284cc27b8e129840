import { type Redis } from 'ioredis';

/**
 * Which process each connection leads to: Redis gives itself a name at each start. Two connections to
 * one address may lead to two processes while another takes the place of a primary.
 */
export class ServerNames {
  /** By what belongs to one connection alone, and not to the one that is made in its place. */
  private readonly names = new WeakMap<Redis['stream'], Promise<string | undefined>>();

  /** Asks once for each connection; undefined when that has ended meanwhile, or there is none. */
  of(redis: Redis): Promise<string | undefined> {
    const { stream } = redis;
    if (!stream || redis.status !== 'ready') return Promise.resolve(undefined);
    let name = this.names.get(stream);
    if (!name) {
      name = redis.info('server').then(
        (info) => (redis.stream === stream ? /^run_id:(\w+)/m.exec(info)?.[1] : undefined),
        () => undefined,
      );
      this.names.set(stream, name);
      // What was not answered is asked for again.
      void name.then((known) => known ?? this.names.delete(stream));
    }
    return name;
  }
}
