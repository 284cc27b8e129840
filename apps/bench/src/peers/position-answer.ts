import { type FixInput } from '#libs/contracts';

/** What every peer acknowledges: the same bytes as Ridewire. */
export function storedAck({ sequence }: FixInput) {
  return {
    ok: true,
    data: { results: [{ verdict: 'stored', sequence }], serverTime: Date.now() },
  };
}

/** What every peer broadcasts for each fix. The load generator reads the fields in this order. */
export function locationUpdate(
  driverId: string,
  { lat, lng, timestamp, accuracy, heading, speed }: FixInput,
) {
  return { driverId, lat, lng, timestamp, accuracy, heading, speed };
}
