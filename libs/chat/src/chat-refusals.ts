import { RequestError } from '#libs/contracts';

/** Why a script did nothing. */
export type ChatRefusal =
  /** There is none, or the caller is no member and may not become one. */
  | { kind: 'GONE' }
  /** The trip has moved on since it was read. */
  | { kind: 'STALE' }
  | { kind: 'CLOSED' }
  | { kind: 'FULL' }
  /** There is one with this name. */
  | { kind: 'TAKEN' }
  /** There is no such message, or it is not the caller's. */
  | { kind: 'ABSENT' }
  | { kind: 'LATE' }
  | { kind: 'MUTED'; until: number };

/** The same for what is not there and for what is not the caller's: nobody learns which it is. */
export function conversationNotFound(): RequestError {
  return new RequestError('NOT_FOUND', { message: 'You have no such conversation.' });
}

export function isNotFound(error: unknown): boolean {
  return error instanceof RequestError && error.code === 'NOT_FOUND';
}

export function tooManyConversations(): RequestError {
  return new RequestError('TOO_MANY_ROOMS', {
    message: 'You are in as many rooms as you may be. Leave one first.',
  });
}

/** To an admin who would put somebody into one more. */
export function tooManyConversationsOf(userId: string): RequestError {
  return new RequestError('TOO_MANY_ROOMS', {
    message: `${userId} is in as many rooms as a person may be. It has to leave one first.`,
  });
}

export function invalid(detail: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [detail] });
}

/** @throws RequestError RATE_LIMITED, CHAT_MUTED */
export function assertSpent(
  spent: { kind: 'OK' } | { kind: 'LIMITED'; retryAfterMs: number } | ChatRefusal,
): void {
  if (spent.kind === 'OK') return;
  if (spent.kind !== 'LIMITED') throw refusalOf(spent);
  throw new RequestError('RATE_LIMITED', {
    message: 'You write too much, or begin too many rooms. Wait retryAfterMs, then send it again.',
    retryAfterMs: spent.retryAfterMs,
  });
}

export function refusalOf(refusal: ChatRefusal): RequestError {
  switch (refusal.kind) {
    case 'MUTED':
      return new RequestError('CHAT_MUTED', { details: { mutedUntil: refusal.until } });
    case 'CLOSED':
      return new RequestError('CHAT_CLOSED');
    case 'FULL':
      return new RequestError('CONFLICT', {
        message: 'The conversation has no room for more people.',
      });
    case 'TAKEN':
      return new RequestError('CONFLICT', {
        message: 'There is a room with this name. Choose another one.',
      });
    case 'LATE':
      return new RequestError('CONFLICT', {
        message: 'The message is too old to be changed by its author.',
      });
    case 'ABSENT':
      return new RequestError('NOT_FOUND', { message: 'You have no such message.' });
    default:
      return conversationNotFound();
  }
}

export function toRefusal(kind: string, value: string | number = 0): ChatRefusal {
  switch (kind) {
    case 'MUTED':
      return { kind, until: Number(value) };
    case 'STALE':
    case 'CLOSED':
    case 'FULL':
    case 'TAKEN':
    case 'ABSENT':
    case 'LATE':
      return { kind };
    default:
      return { kind: 'GONE' };
  }
}
