import { type ChatConversation, type ChatMessage } from '#libs/contracts/browser';
import { clockTime, locale } from '../words/words.js';
import { type ChatWords } from './chat-words.js';

export const DAY_MS = 86_400_000;

/** What a conversation is called for a dispatcher. */
export function titleOf(
  { id, type, title, members }: ChatConversation,
  ownId: string | undefined,
  words: ChatWords,
): string {
  const names = members
    .filter(({ userId }) => userId !== ownId)
    .map(({ name }) => name || words.unnamed);
  switch (type) {
    case 'lobby':
      return words.lobby;
    case 'direct':
      return names[0] ?? words.unnamed;
    case 'trip':
      return names.length > 0 ? `${words.trip}: ${names.join(', ')}` : words.trip;
    case 'broadcast':
      if (id === 'broadcast:drivers') return words.allDrivers;
      return id === 'broadcast:passengers' ? words.allPassengers : words.area;
    default:
      return title ?? id;
  }
}

/** The line below the title in the list. */
export function previewOf(
  message: ChatMessage,
  ownId: string | undefined,
  words: ChatWords,
): string {
  const who = message.from.userId === ownId ? words.you : message.from.name;
  const what = message.deletedAt === null ? message.text || words.attachment : words.deleted;
  return `${who}: ${what}`;
}

/** The day in the zone of the viewer, near ones by their name. */
export function dayOf(at: number, words: ChatWords): string {
  const day = (time: number): string => new Date(time).toDateString();
  if (day(at) === day(Date.now())) return words.today;
  if (day(at) === day(Date.now() - DAY_MS)) return words.yesterday;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'full' }).format(at);
}

/** For a list: the time of today, else the date. */
export function shortTimeOf(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  if (isToday) return clockTime(at);
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' }).format(at);
}

export function conversationAddress(conversationId: string): string {
  return `/chat/${encodeURIComponent(conversationId)}`;
}
