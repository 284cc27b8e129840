import { type ChatLink, type RidewireClient } from '#libs/client';
import { type Listener, type TripTalk } from '../talks/trip-talk.js';
import { PATIENCE_MS, type ClientTrouble } from './open-client.js';

/** The trip is over, or another driver's: nobody's fault. */
const OVER: ReadonlySet<string> = new Set(['NOT_FOUND', 'CHAT_CLOSED', 'CLOSED', 'FORBIDDEN']);

/** Somebody who talks about trips. It joins the conversations' namespace with the first of them. */
export class Talker implements Listener {
  private chat: ChatLink | undefined;
  private readonly talks = new Map<string, TripTalk>();
  private connectedSince: number | undefined;

  constructor(
    private readonly client: RidewireClient,
    private readonly events: ClientTrouble,
  ) {
    client.subscribe(() => {
      const isReady = client.getState().status === 'ready';
      this.connectedSince = isReady ? (this.connectedSince ?? performance.now()) : undefined;
    });
  }

  get readySince(): number | undefined {
    return this.connectedSince;
  }

  async join(talk: TripTalk): Promise<void> {
    const { conversationId } = talk;
    this.talks.set(conversationId, talk);
    const { conversations } = (this.chat ??= this.openChat());
    const joined = await conversations.join(conversationId, { deadlineMs: PATIENCE_MS });
    if (joined.ok) talk.enter(this, joined.data.version);
    else this.note('chat:join', joined.error.code);
  }

  leave(talk: TripTalk): void {
    talk.leave(this);
    this.talks.delete(talk.conversationId);
  }

  async say(talk: TripTalk, text: string): Promise<void> {
    if (!this.chat) return;
    const answer = await this.chat.conversations.say(talk.conversationId, text);
    if (answer.ok) talk.said(this, answer.data.version, performance.now());
    else this.note('chat:send', answer.error.code);
  }

  private openChat(): ChatLink {
    const chat = this.client.chat();
    chat.on('chat:message', ({ conversationId, version }) =>
      this.talks.get(conversationId)?.hear(this, version),
    );
    // In place of messages that are not kept any more.
    chat.on('chat:snapshot', ({ conversationId, version }) =>
      this.talks.get(conversationId)?.enter(this, version),
    );
    return chat;
  }

  private note(what: string, code: string): void {
    if (!OVER.has(code)) this.events.onTrouble(`${what}: ${code}`);
  }
}
