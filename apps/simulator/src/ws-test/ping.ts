import { FixVerdict, type LocationPingResult } from '#libs/contracts';
import { CheckFailure, short, type CheckSocket } from './check-socket.js';

/** Sends one position as the oldest clients do; it must be believed. */
export async function ping(driver: CheckSocket, lat: number, lng: number): Promise<void> {
  const data = await driver.request('driver:location:ping', { lat, lng });
  const result = (data as Partial<LocationPingResult> | undefined)?.results?.[0];
  if (result?.verdict === FixVerdict.implausible) {
    throw new CheckFailure(
      `The position was refused: ${result.reason ?? short(result)}. A driver that is somewhere` +
        ' else already needs TEST_LAT and TEST_LNG near there.',
    );
  }
}
