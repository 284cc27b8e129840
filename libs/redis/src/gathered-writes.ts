import { type Redis } from 'ioredis';

/**
 * Sends what is written to a connection within one turn of the event loop by one call of the system,
 * instead of one for each command. Nothing waits longer than that turn.
 */
export function gatherWrites(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write.bind(stream);
    let isGathering = false;
    const release = () => {
      isGathering = false;
      stream.uncork();
    };
    stream.write = ((...args: Parameters<typeof write>) => {
      if (!isGathering) {
        isGathering = true;
        stream.cork();
        process.nextTick(release);
      }
      return write(...args);
    }) as typeof stream.write;
  });
}
