import { describe, expect, it } from 'vitest';
import { type ChatConversation, type ChatFact, type ChatMessage } from '#libs/contracts';
import { applyChatFact } from './apply-chat-fact.js';
import { type ConversationState } from './conversation-state.js';

const OWN = 'ada';
const ID = 'room:quay';

function messageAt(version: number, text = 'hello'): ChatMessage {
  return {
    id: `${ID}#${version}`,
    conversationId: ID,
    version,
    clientMessageId: null,
    from: { userId: 'bo', name: 'Bo', userType: 'driver' },
    text,
    attachment: null,
    replyTo: null,
    mentions: [],
    sentAt: 0,
    editedAt: null,
    deletedAt: null,
  };
}

/** 100 messages of another, of which the newest 50 are at hand and nothing is read. */
function much(): ConversationState {
  const messages = Array.from({ length: 50 }, (_, i) => messageAt(51 + i));
  const conversation: ChatConversation = {
    id: ID,
    type: 'room',
    title: 'Quay',
    isOpen: true,
    version: 100,
    memberCount: 2,
    members: [],
    marks: { [OWN]: { delivered: 0, read: 0 } },
    mutes: {},
    mutedBy: {},
    mutedEverywhere: {},
    unread: 100,
    mentions: 3,
    lastMessage: messages.at(-1)!,
    mutedUntil: null,
    closedAt: null,
  };
  return {
    conversationId: ID,
    conversation,
    messages,
    hasMore: true,
    pending: [],
    version: 100,
    missed: null,
  };
}

function after(state: ConversationState, event: string, fact: object): ConversationState {
  const said = { conversationId: ID, ...fact } as ChatFact;
  return { ...state, ...applyChatFact(state, event, said, OWN) };
}
const marked = (state: ConversationState, delivered: number, read: number) =>
  after(state, 'chat:marks', { userId: OWN, delivered, read }).conversation;

describe(applyChatFact.name, () => {
  it('[CLIENT10] what is unread is counted anew only where all of it is at hand', () => {
    expect(marked(much(), 100, 0)).toMatchObject({ unread: 100, mentions: 3 });
    expect(marked(much(), 100, 20)).toMatchObject({ unread: 100 });
    expect(marked(much(), 100, 50)).toMatchObject({ unread: 50, mentions: 0 });
    expect(marked(much(), 100, 90)).toMatchObject({ unread: 10 });
    expect(marked(much(), 100, 100)).toMatchObject({ unread: 0, mentions: 0 });
    expect(marked({ ...much(), messages: [] }, 100, 100)).toMatchObject({ unread: 0 });
  });

  it('[CLIENT10] the newest message is shown as it is after an edit, and what is deleted is unread no more', () => {
    const message = messageAt(100, 'HELLO');
    const edited = after(much(), 'chat:message:edited', { version: 101, at: 1, message });
    expect(edited.conversation).toMatchObject({ lastMessage: { text: 'HELLO' }, unread: 100 });
    const deletion = { version: 102, at: 2, messageVersion: 100, by: 'bo' };
    const deleted = after(edited, 'chat:message:deleted', deletion);
    expect(deleted.conversation).toMatchObject({ lastMessage: { text: '' }, unread: 99 });
    expect(after(deleted, 'chat:message:deleted', deletion).conversation?.unread).toBe(99);
  });
});
