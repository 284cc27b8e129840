import { MAX_DEVICE_INFO_LENGTH } from '#libs/auth';
import { isWithinCharacters, RequestError } from '#libs/contracts';

/** What a client says about its device, a text or an object, as bounded text. */
export function deviceInfoText(deviceInfo: unknown): string | undefined {
  if (deviceInfo === undefined || deviceInfo === null) return undefined;
  const text = typeof deviceInfo === 'string' ? deviceInfo : JSON.stringify(deviceInfo);
  if (isWithinCharacters(text, MAX_DEVICE_INFO_LENGTH)) return text;
  throw new RequestError('VALIDATION_FAILED', {
    message: `deviceInfo must not exceed ${MAX_DEVICE_INFO_LENGTH} characters.`,
  });
}
