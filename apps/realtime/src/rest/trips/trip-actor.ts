import { RequestError, TripParty, type TripActor } from '#libs/contracts';
import { type Caller } from '../caller.js';

/** Who acts on a trip; programs with the API key act as a dispatcher without a name. */
export function actorOf(caller: Caller): TripActor {
  if (caller.kind === 'api-key') return { kind: TripParty.admin };
  const { userId, userType } = caller.principal;
  return { kind: userType, id: userId };
}

/** @throws RequestError NOT_FOUND unless a person asks about itself, or a dispatcher */
export function assertSelf({ kind, id }: TripActor, personId: string): void {
  if (kind === TripParty.admin || id === personId) return;
  throw new RequestError('NOT_FOUND');
}
