import { GUEST, RequestError } from '#libs/contracts';
import { type ChatCaller } from '#libs/chat';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

/** @throws RequestError FORBIDDEN for a guest, who has no account to speak as */
export function callerOf(socket: RealtimeSocket): ChatCaller {
  const { userId, userType } = socket.data.principal;
  if (userType === GUEST) throw new RequestError('FORBIDDEN');
  return { userId, userType };
}
