import { type TripView } from '#libs/contracts/browser';
import { usePhoneWords } from './words/use-phone-words.js';

/** How far a trip has got. */
export function TripProgress({ trip }: { trip: Pick<TripView, 'status' | 'arrivedAt'> }) {
  const { progress } = usePhoneWords();
  const steps = [progress.search, progress.approach, progress.pickup, progress.ride];
  const reached = stepOf(trip);
  return (
    <ol className="progress">
      {steps.map((step, i) => (
        <li
          key={step}
          className={i <= reached ? 'is-reached' : ''}
          aria-current={i === reached ? 'step' : undefined}
        >
          {step}
        </li>
      ))}
    </ol>
  );
}

function stepOf({ status, arrivedAt }: Pick<TripView, 'status' | 'arrivedAt'>): number {
  if (status === 'in_progress') return 3;
  if (status === 'accepted' || status === 'arriving') return arrivedAt ? 2 : 1;
  return 0;
}
