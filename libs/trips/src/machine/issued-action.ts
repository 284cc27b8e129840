import { type TripActor } from '#libs/contracts';
import { TripHistoryType } from '../store/trip-history.js';
import { type TripDraft } from './trip-draft.js';

/** Dispatchers learn who of them did what; an entry of its own, as nobody is told two things in one. */
export function issueAction(
  draft: TripDraft,
  action: string,
  actor: TripActor,
  reason: string,
): void {
  draft
    .record(TripHistoryType.actionIssued, actor, { action, reason })
    .tell(['admin'], 'admin:trip:action_issued', { action, reason, by: actor });
}
