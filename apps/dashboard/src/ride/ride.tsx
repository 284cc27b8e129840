import { useConnection, useRidewire } from '#libs/client/react';
import { PhoneShell } from '../phone/phone-shell.js';
import { signOut } from '../phone/signed-in.js';
import { useCurrentTrip } from '../phone/use-current-trip.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { ChooseRide } from './choose-ride.js';
import { FollowRide } from './follow-ride.js';

/** What a passenger sees: the trip under way, or how to request one. */
export function Ride() {
  const { title } = usePhoneWords().ride;
  const rides = useRidewire().passengers();
  const { tripId, putAway } = useCurrentTrip(rides);
  return (
    <PhoneShell title={title} connection={useConnection()} onSignOut={signOut}>
      {tripId === null ? (
        <ChooseRide rides={rides} />
      ) : (
        <FollowRide key={tripId} rides={rides} tripId={tripId} onDone={putAway} />
      )}
    </PhoneShell>
  );
}
