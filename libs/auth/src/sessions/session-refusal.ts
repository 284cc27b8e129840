import { RequestError } from '#libs/contracts';
import { type SessionRefusal } from './sessions.store.js';

/** What a client is told when its session or account is not live. */
export function toRefusal(refusal: SessionRefusal): RequestError {
  switch (refusal.verdict) {
    case 'suspended':
      return new RequestError('ACCOUNT_SUSPENDED');
    case 'banned':
      return new RequestError('ACCOUNT_BANNED');
    case 'mismatch':
      return new RequestError('TOKEN_INVALID');
    case 'taken':
      return new RequestError('CONFLICT', {
        message: 'This sid belongs to another session or has ended. Choose a new one.',
      });
    case 'revoked':
      return new RequestError('SESSION_REVOKED', { details: { reason: refusal.reason } });
    case 'gone':
      return new RequestError('SESSION_REVOKED');
  }
}
