import { type ChatLink, type RidewireClient } from '#libs/client';
import { type Listener, type TripTalk } from '../talks/trip-talk.js';
import { PATIENCE_MS, type ClientTrouble } from './open-client.js';

const FOLLOWED_TALKS = 10;
/** The trip is over, or another driver's, or the phone is out of reach: nobody's fault. */
const OVER: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'CHAT_CLOSED',
  'CLOSED',
  'CONNECTION_LOST',
  'FORBIDDEN',
]);

/** Somebody who talks about trips. It joins the conversations' namespace with the first of them. */
export class Talker implements Listener {
  private chat: ChatLink | undefined;
  /** What ends listening to each. */
  private readonly ends = new Map<TripTalk, () => void>();
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
    const { conversations } = (this.chat ??= this.client.chat());
    const joined = await conversations.join(conversationId, { deadlineMs: PATIENCE_MS });
    if (!joined.ok) return this.note('chat:join', joined.error.code);
    talk.enter(this, joined.data.version);
    const look = (): void => {
      const { messages } = conversations.look(conversationId);
      talk.show(
        this,
        messages.map(({ version }) => version),
      );
    };
    this.ends.get(talk)?.();
    // What was said about the oldest has been heard long ago.
    const [oldest] = this.ends;
    if (oldest && this.ends.size >= FOLLOWED_TALKS) {
      oldest[1]();
      this.ends.delete(oldest[0]);
    }
    this.ends.set(talk, conversations.watch(conversationId, look));
    look();
  }

  leave(talk: TripTalk): void {
    talk.leave(this);
    this.ends.get(talk)?.();
    this.ends.delete(talk);
  }

  async say(talk: TripTalk, text: string): Promise<void> {
    if (!this.chat) return;
    const answer = await this.chat.conversations.say(talk.conversationId, text);
    if (answer.ok) talk.said(this, answer.data.version, performance.now());
    else this.note('chat:send', answer.error.code);
  }

  /** To somebody who is on no trip with it. */
  async writeTo(userId: string, text: string): Promise<void> {
    const { conversations } = (this.chat ??= this.client.chat());
    const opened = await conversations.open({ userId });
    if (!opened.ok) return this.note('chat:open', opened.error.code);
    const answer = await conversations.say(opened.data.id, text);
    if (!answer.ok) this.note('chat:send', answer.error.code);
  }

  private note(what: string, code: string): void {
    if (!OVER.has(code)) this.events.onTrouble(`${what}: ${code}`);
  }
}
