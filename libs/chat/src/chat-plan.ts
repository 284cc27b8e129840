import { readEntry, type ChannelRetention } from '#libs/channels';
import {
  type ChatConversation,
  type ChatMarks,
  type ChatPerson,
  type ConversationType,
} from '#libs/contracts';
import { toChatMessage, type ChatEntry } from './chat-content.js';

/** What a caller may do in a conversation, decided before each script and applied within it. */
export interface ChatPlan {
  person: ChatPerson;
  /**
   * What a caller becomes who is no member: one where the conversation is open, one always, nothing;
   * or it does what it does without becoming one.
   */
  adds: 'always' | 'open' | 'never' | 'as guest';
  /** What the conversation becomes when there is none yet; absent where only others may begin it. */
  creates?: {
    type: ConversationType;
    access: 'open' | 'invited';
    title?: string;
    /** Members from the first moment on, beside the caller. */
    people?: ChatPerson[];
    /** Refuses a conversation that there is already. */
    isNew?: boolean;
  };
  /** The people of a trip, as of a version of it. */
  trip?: { version: number; people: ChatPerson[] };
  keep: ChannelRetention & { forever?: boolean };
  maxMembers: number;
  /** Until when the person may write nowhere, epoch ms. */
  mutedUntil?: number;
}

/** What an admin does to a conversation. */
export type ModerationStep =
  | { act: 'invite'; person: ChatPerson }
  | { act: 'remove'; userId: string }
  | { act: 'mute'; userId: string; ms: number }
  | { act: 'close'; isClosed: boolean; reason?: string };

export interface Entered {
  kind: 'OK';
  /** Who was let in, by the name of the account. */
  person: ChatPerson;
  conversation: ChatConversation;
  version: number;
  /** Nothing before this version is for the caller, also no change of it; 0 where all is. */
  since: number;
  /** Whether `entries` are all that was missed; else they are the newest messages. */
  isComplete: boolean;
  entries: ChatEntry[];
}

/** What `overview` in conversation.lua says. */
interface Overview {
  type: ConversationType;
  title?: string;
  access: string;
  version: number;
  memberCount: number;
  closedAt: number;
  mutedUntil: number;
  unread: number;
  mentions: number;
  marks: Record<string, ChatMarks>;
  /** An empty list is an empty object in the JSON of Redis. */
  members?: ChatPerson[] | Record<string, never>;
  mutes?: Record<string, number>;
  mutedBy?: Record<string, string>;
  /** JSON of an entry. */
  last?: string;
}

/** A conversation as the caller sees it. */
export function readOverview(id: string, json: string): ChatConversation {
  const seen = JSON.parse(json) as Overview;
  const { type, version, memberCount, unread, mentions, marks, members, last } = seen;
  return {
    id,
    type,
    title: seen.title ?? null,
    isOpen: seen.access === 'open',
    version,
    memberCount,
    members: Array.isArray(members)
      ? members.map(({ userId, name, userType }) => ({ userId, name, userType }))
      : [],
    marks,
    mutes: seen.mutes ?? {},
    mutedBy: seen.mutedBy ?? {},
    mutedEverywhere: {},
    unread,
    mentions,
    lastMessage: last === undefined ? null : toChatMessage(id, readEntry(last)),
    mutedUntil: seen.mutedUntil || null,
    closedAt: seen.closedAt || null,
  };
}
