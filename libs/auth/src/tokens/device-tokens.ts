import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ID_PATTERN } from '#libs/contracts';
import { DeviceJwt } from './token-jwt.js';

/** As long as browsers keep a cookie. */
export const DEVICE_TOKEN_TTL_MS = 400 * 86_400_000;
const MAX_TOKEN_LENGTH = 1_024;

/** A device on which somebody logged in to this account before. */
export interface KnownDevice {
  userId: string;
  deviceId: string;
}

/**
 * Says of a device that it has logged in to an account before, and opens nothing: it only has its
 * own count of wrong passwords, so that strangers cannot lock its owner out.
 */
@Injectable()
export class DeviceTokens {
  constructor(private readonly jwt: DeviceJwt) {}

  /** The device keeps its id, so that a login does not give it a new count. */
  issue(userId: string, deviceId = randomBytes(16).toString('base64url')): string {
    const exp = Math.floor((Date.now() + DEVICE_TOKEN_TTL_MS) / 1_000);
    return this.jwt.issue({ sub: userId, did: deviceId, exp });
  }

  /** A wrong token is no reason to refuse a login: its sender is a stranger. */
  read(token: string | undefined): KnownDevice | undefined {
    if (!token || token.length > MAX_TOKEN_LENGTH) return undefined;
    try {
      const { sub, did, exp } = this.jwt.read(token);
      const isLive = typeof exp === 'number' && exp * 1_000 > Date.now();
      return isLive && isId(sub) && isId(did) ? { userId: sub, deviceId: did } : undefined;
    } catch {
      return undefined;
    }
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}
