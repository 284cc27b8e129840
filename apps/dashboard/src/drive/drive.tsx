import { useEffect, useState } from 'react';
import { type RideLink } from '#libs/client';
import { useConnection, useRidewire, useTrip } from '#libs/client/react';
import { type AvailabilitySnapshot, type TripView } from '#libs/contracts/browser';
import { useOnMap } from '../phone/map-board.js';
import { PhoneShell } from '../phone/phone-shell.js';
import { signOut } from '../phone/signed-in.js';
import { type MapPicture, type Point } from '../phone/street-map.js';
import { tripMarks } from '../phone/trip-marks.js';
import { useCurrentTrip } from '../phone/use-current-trip.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { DriveTrip } from './drive-trip.js';
import { Duty } from './duty.js';
import { OfferSheet } from './offer-sheet.js';
import { GpsSource, useGps } from './use-gps.js';
import { useNextStop } from './use-next-stop.js';
import { useOffer, type Offer } from './use-offer.js';

export function Drive() {
  const { title } = usePhoneWords().drive;
  return (
    <PhoneShell title={title} connection={useConnection()} onSignOut={signOut}>
      <Shift />
    </PhoneShell>
  );
}

/** What a driver sees: on duty or not, an offer, the trip that it drives. */
function Shift() {
  const words = usePhoneWords().drive;
  const drives = useRidewire().drivers();
  const availability = useAvailability(drives);
  const { offer, lost, answer } = useOffer(drives);
  const { tripId, putAway } = useCurrentTrip(drives);
  const trip = useTrip(tripId, '/drivers')?.trip ?? null;
  const [source, setSource] = useState<GpsSource>(GpsSource.simulated);
  const { index, goOn } = useNextStop(trip);
  const target = targetOf(trip, index);
  const gps = useGps(drives, availability?.isOnline ?? false, source, target);
  useOnMap(pictureOf(trip ?? offer, target, gps.fix, gps.way));
  return (
    <>
      {offer && !trip ? (
        <OfferSheet key={offer.assignmentId} offer={offer} answer={answer} />
      ) : trip ? (
        <DriveTrip
          key={trip.tripId}
          drives={drives}
          trip={trip}
          nextStop={index}
          onNextStop={goOn}
          onDone={putAway}
        />
      ) : (
        <Duty
          drives={drives}
          availability={availability}
          lostOffer={lost}
          source={source}
          onSource={setSource}
        />
      )}
      {gps.hasFailed && (
        <p className="notice" role="alert">
          {words.noGps}
        </p>
      )}
    </>
  );
}

/** What the server knows of the driver; it says so after each connection and each change. */
function useAvailability(drives: RideLink<'/drivers'>): AvailabilitySnapshot | null {
  const [availability, setAvailability] = useState<AvailabilitySnapshot | null>(null);
  useEffect(() => drives.on('driver:availability:update', setAvailability), [drives]);
  return availability;
}

function targetOf(trip: TripView | null, nextStop: number): Point | null {
  if (!trip) return null;
  if (trip.status === 'in_progress') return trip.stops[nextStop]!;
  return trip.status === 'accepted' || trip.status === 'arriving' ? trip.pickup : null;
}

/** The own car, the places of the trip or the offer, and the way to the next of them. */
function pictureOf(
  shown: TripView | Offer | null,
  target: Point | null,
  fix: (Point & { heading?: number }) | undefined,
  way: readonly Point[],
): MapPicture {
  const marks = shown ? tripMarks(shown) : [];
  const view = target ? [target] : marks;
  const isFar = fix && !shown ? cellOf(fix) : '';
  return {
    marks: fix ? [...marks, { ...fix, id: 'car', look: 'own-car' }] : marks,
    line: way,
    view: fix ? [fix, ...view] : view,
    // Anew for each target, and when a car that drives around has left what was shown.
    viewKey: `${shown?.tripId} ${target?.lat} ${target?.lng} ${fix !== undefined} ${isFar}`,
  };
}

/** A part of the city, about 900 m wide. */
function cellOf({ lat, lng }: Point): string {
  return `${Math.round(lat * 125)} ${Math.round(lng * 100)}`;
}
