import { type ChatTyping } from '#libs/contracts/browser';
import { type ChatLink } from './client.js';

/** Names of those who type now, by their ids. */
export type Typists = ReadonlyMap<string, string>;

/** The server wants to hear of it so often while somebody types. */
const SAY_EVERY_MS = 1_000;
/** The server says when somebody types no more; whoever did not hear that forgets it by itself. */
const FORGET_AFTER_MS = 6_000;

/** Who types in the conversations that a client follows, and the news that its own person does. */
export class Typing {
  readonly #link: ChatLink;
  #typists: ReadonlyMap<string, Typists> = new Map();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[];
  #said: { conversationId: string; at: number } | null = null;

  constructor(link: ChatLink) {
    this.#link = link;
    this.#ends = [
      link.on('chat:typing', (fact) => this.#hear(fact)),
      // Whoever types still is told anew after a return.
      link.join({ resume: async () => this.#forgetAll() }),
    ];
  }

  /** Who types, by the ids of the conversations; a new object with each change. */
  readonly get = (): ReadonlyMap<string, Typists> => this.#typists;

  /** Told whenever somebody begins or ends, in any conversation. @returns what ends it */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The person of this device types: call it with each keystroke. */
  note(conversationId: string): void {
    const now = Date.now();
    const said = this.#said;
    if (said?.conversationId === conversationId && now - said.at < SAY_EVERY_MS) return;
    if (this.#link.send('chat:typing', { conversationId, isTyping: true }))
      this.#said = { conversationId, at: now };
  }

  /** The person has taken the text away. A message that is sent ends it by itself. */
  end(conversationId: string): void {
    if (this.#said?.conversationId !== conversationId) return;
    this.#said = null;
    this.#link.send('chat:typing', { conversationId, isTyping: false });
  }

  /** Hears nothing more. */
  stop(): void {
    for (const end of this.#ends) end();
    this.#forgetAll();
    this.#listeners.clear();
  }

  #hear({ conversationId, userId, name, isTyping }: ChatTyping): void {
    const timer = `${conversationId} ${userId}`;
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
    const typists = new Map(this.#typists.get(conversationId));
    typists.delete(userId);
    if (isTyping) {
      typists.set(userId, name);
      const forget = (): void => this.#hear({ conversationId, userId, name, isTyping: false });
      this.#timers.set(timer, setTimeout(forget, FORGET_AFTER_MS));
    }
    const all = new Map(this.#typists);
    if (typists.size > 0) all.set(conversationId, typists);
    else all.delete(conversationId);
    this.#show(all);
  }

  #forgetAll(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#show(new Map());
  }

  #show(typists: ReadonlyMap<string, Typists>): void {
    this.#typists = typists;
    for (const listener of this.#listeners) listener();
  }
}
