import { afterEach } from 'vitest';
import { Redis, type Command } from 'ioredis';
import { slotOf } from '#libs/redis';

/** Sharded subscriptions go to one server together, to a cluster slot by slot: ShardSubscriptions. */
const BY_SERVER = new Set(['ssubscribe', 'sunsubscribe']);

const violations: string[] = [];
/** The slot of what a connection has begun to do in one transaction; undefined: none of it had a key yet. */
const transactions = new WeakMap<Redis, { slot?: number }>();

/**
 * One Redis takes what a cluster refuses: a command, a script or a transaction with keys in two slots.
 * And it has one clock: a cluster asks any of its servers for TIME, and theirs differ. Of instances in
 * the process of a test both are errors, and fail the test.
 */
export function refuseTwoSlots(): void {
  const send = Redis.prototype.sendCommand;
  Redis.prototype.sendCommand = function sendWithinOneSlot(this: Redis, command, stream) {
    const isOurs = this.options.connectionName?.startsWith('ridewire:') === true;
    const problem = isOurs ? problemOf(this, command) : undefined;
    if (problem === undefined) return send.call(this, command, stream);
    violations.push(problem);
    command.reject(new Error(problem));
    return command.promise;
  };
  afterEach(() => {
    const found = takeViolations();
    if (found.length > 0) throw new Error(found.join('; '));
  });
}

/** What was refused since the last call. */
export function takeViolations(): string[] {
  return violations.splice(0);
}

function problemOf(redis: Redis, command: Command): string | undefined {
  const name = command.name.toLowerCase();
  if (name === 'multi') transactions.set(redis, {});
  if (name === 'exec' || name === 'discard') transactions.delete(redis);
  if (BY_SERVER.has(name)) return undefined;
  if (name === 'time') return 'TIME names no key: any server may answer, by a clock of its own';
  const keys = keysOf(command);
  const slots = new Set(keys.map((key) => slotOf(key)));
  const transaction = transactions.get(redis);
  if (transaction?.slot !== undefined) slots.add(transaction.slot);
  const [first] = slots;
  if (transaction && first !== undefined) transaction.slot = first;
  if (slots.size < 2) return undefined;
  return `CROSSSLOT ${name} has keys in ${slots.size} slots: ${keys.slice(0, 5).join(', ')}`;
}

function keysOf(command: Command): string[] {
  try {
    return command.getKeys().map(String);
  } catch {
    // ioredis does not know the command: a cluster sends it anywhere, and is answered where it belongs.
    return [];
  }
}
