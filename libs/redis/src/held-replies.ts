import { type Command, type Redis } from 'ioredis';

/** A command as it was made: it may be sent more than once, by more than one connection. */
const own = new WeakMap<Command, Command['resolve']>();

/**
 * Hands out what a connection answers to commands with keys once something else has come true. Its
 * refusals are never held, nor what the connection asks for itself.
 * @param until called as each answer is read; undefined to hand it out at once. Rejects when it must
 * not be handed out
 */
export function holdReplies(redis: Redis, until: () => Promise<void> | undefined): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...args: Parameters<typeof send>) => {
    const [command] = args;
    if (command.name === 'exec' || command.getKeys().length > 0) hold(command, until);
    return send(...args);
  };
}

function hold(command: Command, until: () => Promise<void> | undefined): void {
  const resolve = own.get(command) ?? command.resolve;
  own.set(command, resolve);
  const { reject } = command;
  command.resolve = (reply: unknown) => {
    const ready = until();
    if (ready) ready.then(() => resolve(reply), reject);
    else resolve(reply);
  };
}
