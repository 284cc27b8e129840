import { RequestError } from './error-codes.js';
import { ID_PATTERN, readMadeId, type UserType } from './principal.js';
import { bytesOf, cleanText, foldCase, isWithinCharacters } from './text.js';

export const ConversationType = {
  /** One for everybody. */
  lobby: 'lobby',
  /** Open to whoever joins it, or by invitation. */
  room: 'room',
  /** The people of one trip, and dispatchers. */
  trip: 'trip',
  /** An admin and one other person. */
  direct: 'direct',
  /** What the company says to many; nobody answers there. */
  broadcast: 'broadcast',
} as const;
export type ConversationType = (typeof ConversationType)[keyof typeof ConversationType];

/** Who a conversation is for, as its id says: `<type>` or `<type>:<rest>`. */
export type ConversationName =
  | { type: 'lobby'; id: string }
  | { type: 'room'; id: string; room: string }
  | { type: 'trip'; id: string; tripId: string }
  | { type: 'direct'; id: string; userIds: readonly [string, string] }
  | { type: 'broadcast'; id: string; broadcastId: string };

export const LOBBY_ID = 'lobby';
/** Beyond it nothing is an id, however it is spelled. */
const LONGEST_WRITTEN_ID = 1_000;
/** Characters that a room may be called by. */
export const MAX_ROOM_NAME = 64;
const MAX_ROOM_NAME_BYTES = 256;
/** Nobody sees them, and they make no other character of those beside them: they come along when a name is copied. */
const UNSEEN = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f]/g;

/** One spelling for all that people take for the same name; undefined for one that cannot be a name. */
export function roomNameOf(written: string): string | undefined {
  if (!isWithinCharacters(written, MAX_ROOM_NAME)) return undefined;
  const seen = cleanText(written).normalize('NFKC').replaceAll(UNSEEN, '');
  const name = foldCase(seen).replaceAll(/\s+/g, ' ').trim();
  return name === '' || bytesOf(name) > MAX_ROOM_NAME_BYTES ? undefined : name;
}

export const roomConversationId = (roomName: string): string => `room:${roomName}`;
export const tripConversationId = (tripId: string): string => `trip:${tripId}`;
export const broadcastConversationId = (broadcastId: string): string => `broadcast:${broadcastId}`;
/** The same for both, whoever asks. */
export function directConversationId(oneId: string, otherId: string): string {
  const [first, second] = [oneId, otherId].toSorted();
  return `direct:${first}:${second}`;
}

/** What a client means by the id of a conversation; undefined when it is none. */
export function readConversationId(id: string): ConversationName | undefined {
  const [, type, rest = ''] = /^([a-z]+)(?::(.*))?$/su.exec(id.trim()) ?? [];
  switch (type) {
    case 'lobby':
      return rest === '' ? { type, id: LOBBY_ID } : undefined;
    case 'room': {
      const room = roomNameOf(rest);
      return room === undefined ? undefined : { type, id: roomConversationId(room), room };
    }
    case 'trip': {
      const tripId = readMadeId(rest);
      return ID_PATTERN.test(tripId) ? { type, id: tripConversationId(tripId), tripId } : undefined;
    }
    case 'direct': {
      const [one = '', other = '', ...more] = rest.split(':');
      if (more.length > 0 || one === other || ![one, other].every((each) => ID_PATTERN.test(each)))
        return undefined;
      return { type, id: directConversationId(one, other), userIds: [one, other] };
    }
    case 'broadcast':
      return ID_PATTERN.test(rest)
        ? { type, id: broadcastConversationId(rest), broadcastId: rest }
        : undefined;
    default:
      return undefined;
  }
}

/**
 * The id of the conversation that a payload names, as `conversationId` or by the name of a `room`.
 * @throws RequestError VALIDATION_FAILED
 */
export function conversationIn(raw: unknown): string {
  const { conversationId, room } = (raw ?? {}) as { conversationId?: unknown; room?: unknown };
  const written =
    conversationId === undefined && typeof room === 'string' ? `room:${room}` : conversationId;
  const isShort = typeof written === 'string' && written.length <= LONGEST_WRITTEN_ID;
  const id = isShort ? readConversationId(written)?.id : undefined;
  if (id !== undefined) return id;
  const detail = 'conversationId must be lobby, room:<name>, trip:<trip id> or another of an id';
  throw new RequestError('VALIDATION_FAILED', { details: [detail] });
}

/** A person as others in a conversation see it. The name is that of the account. */
export interface ChatPerson {
  userId: string;
  name: string;
  userType: UserType;
}

/** A file that lies somewhere else: only the reference is kept. */
export interface ChatAttachment {
  url: string;
  /** MIME type, as the sender says. */
  type: string;
  /** Bytes, as the sender says. */
  size: number;
  name?: string;
}

export interface ChatMessage {
  /** `<conversationId>#<version>` */
  id: string;
  conversationId: string;
  /** Its number among the events of the conversation. */
  version: number;
  /** What its sender called it; null where it has no name. */
  clientMessageId: string | null;
  from: ChatPerson;
  /** Empty once it is deleted. */
  text: string;
  attachment: ChatAttachment | null;
  /** Version of the message that it answers. */
  replyTo: number | null;
  /** Ids of members whom it names. */
  mentions: string[];
  /** Epoch ms, by the clock of Redis, as all times here. */
  sentAt: number;
  editedAt: number | null;
  /** A tombstone stays of a message that was deleted. */
  deletedAt: number | null;
}

/** How far a member has got; both only rise. */
export interface ChatMarks {
  /** Newest version that has come to one of its devices. */
  delivered: number;
  /** Newest version that it has read. */
  read: number;
}

/** A mute in all conversations at once. */
export interface MuteEverywhere {
  /** Epoch ms. */
  until: number;
  /** Id of who did it, `company` for its systems; null where an older release has written it. */
  by: string | null;
}

export interface ChatConversation {
  id: string;
  type: ConversationType;
  /** What a room or a broadcast is called; null for others. */
  title: string | null;
  /** Whether everybody may join. */
  isOpen: boolean;
  /** Number of the newest event. */
  version: number;
  memberCount: number;
  /** Who is in it, where they are 50 at most; else empty. */
  members: ChatPerson[];
  /** Of the members, by user id, where they are 50 at most; always the caller's own. */
  marks: Record<string, ChatMarks>;
  /** Which of the members may not write, by user id, and until when, epoch ms; where they are 50 at most. */
  mutes: Record<string, number>;
  /** Ids of who muted them, by user id; not of a mute that an older release has written. */
  mutedBy: Record<string, string>;
  /** For admins: which of the members may write nowhere, by user id; where they are 50 at most. */
  mutedEverywhere: Record<string, MuteEverywhere>;
  /** Messages of others after the read mark of the caller, without deleted ones. */
  unread: number;
  /** Those of them that name the caller. */
  mentions: number;
  lastMessage: ChatMessage | null;
  /** Until when the caller may not write, here or anywhere, epoch ms; null when it may. */
  mutedUntil: number | null;
  /** When it was closed, epoch ms; null while it is open. */
  closedAt: number | null;
}
