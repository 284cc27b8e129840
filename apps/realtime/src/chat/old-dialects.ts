import { chatMessageId, type ChatEntry, type MessageContent } from '#libs/chat';
import { type OldMessage, type OldPresence } from '#libs/contracts';
import { type ChatDialect, type ChatFactToSend, type TypingPerson } from './chat-dialect.js';

/** How a kind of older clients is told who comes and goes. */
export interface OldDialect extends ChatDialect {
  arrived: (username: string) => ChatFactToSend;
  left: (username: string) => ChatFactToSend;
  /** Whether a client is in one such room at a time: it leaves it by joining the next. */
  isOnlyRoom: boolean;
}

/** Spellings that are remembered: beyond it clients of one room do not share what is encoded. */
const MAX_SPELLINGS = 10_000;

/** Of the one lobby. */
export const lobbyDialect = oldDialect({
  message: 'newMessage',
  arrived: 'userJoined',
  left: 'userLeft',
});

/** Clients that join a room by an object are in one at a time. */
const makeRoomDialect = (room: string): OldDialect =>
  oldDialect(
    { message: 'newRoomMessage', arrived: 'userJoinedRoom', left: 'userLeftRoom' },
    { room, isOnlyRoom: true },
  );

/** Clients that join a room by its bare name know the events of the lobby only. */
const makeBareRoomDialect = (room: string): OldDialect =>
  oldDialect(
    { message: 'newMessage', arrived: 'userJoined', left: 'userLeft' },
    { room, greeting: 'Someone joined the room!' },
  );

/** The dialects of rooms: one object for all clients who spell a room alike. */
export class RoomDialects {
  private readonly known = new Map<string, OldDialect>();

  /**
   * @param room as the client spells it
   * @param isBare whether it joined by the bare name
   */
  of(room: string, isBare: boolean): OldDialect {
    const key = `${isBare} ${room}`;
    const known = this.known.get(key);
    if (known) return known;
    if (this.known.size >= MAX_SPELLINGS) this.known.clear();
    const dialect = isBare ? makeBareRoomDialect(room) : makeRoomDialect(room);
    this.known.set(key, dialect);
    return dialect;
  }
}

interface EventNames {
  message: 'newMessage' | 'newRoomMessage';
  arrived: 'userJoined' | 'userJoinedRoom';
  left: 'userLeft' | 'userLeftRoom';
}

function oldDialect(
  events: EventNames,
  {
    room,
    greeting,
    isOnlyRoom = false,
  }: { room?: string; greeting?: string; isOnlyRoom?: boolean } = {},
): OldDialect {
  const where = room === undefined ? {} : { room };
  const presenceOf = (username: string): OldPresence => ({
    username,
    ...where,
    timestamp: new Date().toISOString(),
  });
  return {
    isOnlyRoom,
    factsOf: (conversationId, entry) =>
      entry.content.kind === 'message'
        ? [
            {
              event: events.message,
              payload: messageOf(conversationId, entry, entry.content, where),
            },
          ]
        : [],
    arrived: (username) => ({
      event: events.arrived,
      payload: {
        ...(greeting === undefined ? {} : { message: greeting }),
        ...presenceOf(username),
      },
    }),
    left: (username) => ({ event: events.left, payload: presenceOf(username) }),
    typing: (_conversationId: string, { name }: TypingPerson, isTyping: boolean) => ({
      event: 'userTyping',
      payload: { username: name, isTyping, ...where },
    }),
  };
}

function messageOf(
  conversationId: string,
  { version, at }: ChatEntry,
  { from, text, attachment }: MessageContent,
  where: { room?: string },
): OldMessage {
  const said = text === '' ? (attachment?.url ?? '') : text;
  return {
    id: chatMessageId(conversationId, version),
    username: from.name,
    ...where,
    message: said,
    text: said,
    sender: from.userId,
    timestamp: new Date(at).toISOString(),
  };
}
