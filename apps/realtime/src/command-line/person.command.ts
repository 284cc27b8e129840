import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext } from '@nestjs/common';
import { AccountErasure } from '#libs/auth';
import { PersonalChats } from '#libs/chat';
import { PersonalAvailability } from '#libs/drivers';
import { PersonalFacts } from '#libs/exports';
import { PersonalPositions } from '#libs/location';
import { PersonalNotifications } from '#libs/notifications';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { PersonalPresence } from '#libs/presence';
import { PersonalShares } from '#libs/shares';
import { PersonalTrips } from '#libs/trips';
import { type Line } from './table.js';

/** Connections end within a second; the grace and the leases of presence follow. */
const GONE_WITHIN_MS = 120_000;
const POLL_MS = 250;
/** What was on its way when the sessions ended, or was just being exported, is found by the next pass. */
const MOST_PASSES = 5;
const BETWEEN_PASSES_MS = 1_000;

/** All that is kept of one person, as JSON. */
export async function exportPerson(
  services: INestApplicationContext,
  userId: string,
): Promise<Record<string, unknown>> {
  const person = { id: userId, pseudonym: '' };
  const trips = services.get(PersonalTrips);
  const ownTripIds = await trips.ownTripIds(person);
  return {
    exportedAt: new Date().toISOString(),
    ...(await services.get(AccountErasure).exportOf(userId)),
    presence: await services.get(PersonalPresence).exportOf(person),
    availability: await services.get(PersonalAvailability).exportOf(person),
    positions: await services.get(PersonalPositions).exportOf(person),
    trips: await trips.exportOf(person),
    shares: await services.get(PersonalShares).exportOf(ownTripIds),
    conversations: await services.get(PersonalChats).exportOf(person),
    notifications: await services.get(PersonalNotifications).exportOf(person),
    exportedFacts: await services.get(PersonalFacts).exportOf(person),
  };
}

/**
 * Removes what is kept of one person, and who it was from the trips that stay. It may be interrupted
 * anywhere and run again; the account goes last.
 * @returns what was removed, by kind
 * @throws Error that says what to do
 */
export async function erasePerson(
  services: INestApplicationContext,
  userId: string,
  isForced: boolean,
): Promise<Line[]> {
  const account = services.get(AccountErasure);
  const person = await account.personOf(userId);
  await assertNoTrip(services, person);
  await account.lockOut(userId);
  // One may have begun before the sessions ended.
  await assertNoTrip(services, person);
  await waitUntilGone(services, person);
  const sums = new Map<string, number>();
  let waiting = 0;
  let found = 0;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const { counts, facts } = await eraseOnce(services, person, isForced);
    ({ waiting } = facts);
    found = 0;
    for (const [kind, count] of Object.entries(counts)) {
      sums.set(kind, (sums.get(kind) ?? 0) + count);
      found += count;
    }
    if (found === 0) break;
    await sleep(BETWEEN_PASSES_MS);
  }
  if (waiting > 0)
    throw new Error(
      `${waiting} facts about this person wait for systems of yours. When they have read them, run ` +
        'the command again; with --force they are removed unread. All else is erased but the account.',
    );
  if (found > 0)
    throw new Error(
      'There was something left of this person each time: somebody still writes of it. Run the command again.',
    );
  for (const [kind, count] of Object.entries(await account.erase(person))) sums.set(kind, count);
  return [...sums].map(([what, removed]) => ({ what, removed }));
}

async function eraseOnce(services: INestApplicationContext, person: Person, isForced: boolean) {
  const trips = services.get(PersonalTrips);
  // Links are found by the trips of the passenger, so they go before that is forgotten.
  const shares = await services.get(PersonalShares).erase(await trips.ownTripIds(person));
  const facts = await services.get(PersonalFacts).erase(person, isForced);
  const counts: ErasedCounts = {
    ...shares,
    ...(await services.get(PersonalAvailability).erase(person)),
    ...(await services.get(PersonalPositions).erase(person)),
    ...(await trips.erase(person)),
    ...(await services.get(PersonalChats).erase(person)),
    ...(await services.get(PersonalNotifications).erase(person)),
    ...(await services.get(PersonalPresence).erase(person)),
    facts: facts.facts,
    deadLetters: facts.deadLetters,
  };
  return { counts, facts };
}

async function assertNoTrip(services: INestApplicationContext, person: Person): Promise<void> {
  const tripId = await services.get(PersonalTrips).activeTripOf(person);
  if (tripId !== null)
    throw new Error(
      `Trip ${tripId} of this person is not over. End or cancel it, then run the command again.`,
    );
}

async function waitUntilGone(services: INestApplicationContext, person: Person): Promise<void> {
  const presence = services.get(PersonalPresence);
  const availability = services.get(PersonalAvailability);
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (!((await presence.isGone(person)) && (await availability.leave(person)))) {
    if (Date.now() > deadline)
      throw new Error(
        'An instance still has a connection of this person. Its sessions have ended: run the ' +
          'command again in a minute, or look for an instance that is frozen.',
      );
    await sleep(POLL_MS);
  }
}
