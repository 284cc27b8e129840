import { OfferEndReason, TripParty, TripStatus, type TripActor } from '#libs/contracts';
import { TripHistoryType } from '../store/trip-history.js';
import { openOffers } from '../store/trip-record.js';
import { cancelOffer } from './offering.js';
import { everybody } from './riding.js';
import { type CommandOf } from './trip-command.js';
import { type TripDraft } from './trip-draft.js';

/** Dispatchers get who of them did what; an entry of its own, as an entry holds one fact a receiver. */
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

export function cancel(draft: TripDraft, command: CommandOf<'cancel'>): void {
  const { actor, reason } = command;
  cancelTrip(draft, command);
  if (actor.kind === TripParty.admin) issueAction(draft, 'cancel', actor, reason);
}

export function cancelTrip(draft: TripDraft, { actor, reason, note }: CommandOf<'cancel'>): void {
  const { trip } = draft;
  const audience = everybody(trip);
  const open = openOffers(trip);
  draft.releaseDriver();
  draft.enter(TripStatus.cancelled);
  trip.cancellation = { by: actor.kind, reason, note: note ?? null };
  draft
    .record(TripHistoryType.cancelled, actor, { reason, ...(note ? { note } : {}) })
    .tell(audience, 'trip:cancelled', { by: actor.kind, reason, driverId: trip.driverId });
  for (const offer of open) cancelOffer(draft, offer, OfferEndReason.tripCancelled);
}

export function noDrivers(draft: TripDraft, command: CommandOf<'noDrivers'>): void {
  const { actor, reason, note } = command;
  giveUp(draft, actor, reason, note);
  if (actor.kind === TripParty.admin) issueAction(draft, 'mark-no-drivers', actor, reason);
}

export function giveUp(
  draft: TripDraft,
  actor: TripActor,
  reason: string,
  note: string | undefined,
): void {
  const { trip } = draft;
  const open = openOffers(trip);
  draft.enter(TripStatus.noDriversFound);
  trip.noDriversReason = reason;
  draft
    .record(TripHistoryType.noDriversFound, actor, { reason, ...(note ? { note } : {}) })
    .tell(['passenger', 'admin'], 'trip:no_drivers_found', { reason });
  for (const offer of open) cancelOffer(draft, offer, OfferEndReason.searchEnded);
}
