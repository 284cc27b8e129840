import { Inject, Injectable } from '@nestjs/common';
import { JsonWebTokenError, JwtSecretRequestType, JwtService } from '@nestjs/jwt';
import { jwtConfig, type ConfigType } from '#libs/config';
import { deviceKey, refreshKey, signingKey, verificationKey, type TokenKey } from './token-keys.js';

/** For `nbf` of an identity service whose clock is a little ahead; never prolongs a token. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** What a verified token says; nothing but the registered times has a checked type. */
export type Claims = Partial<Record<string, unknown>>;

interface KeyPair {
  algorithm: 'HS256' | 'RS256' | 'ES256';
  /** Undefined where tokens of this kind are never signed, or never verified, here. */
  signWith: TokenKey | undefined;
  verifyWith: TokenKey | undefined;
}

/**
 * One kind of token, with one algorithm and one key. The key is found by `kid`: a token that names
 * another is refused before its signature is looked at. Tokens without a `kid` are of older
 * releases, or of an identity service with one key.
 */
abstract class TokenJwt {
  private readonly jwt: JwtService;
  private readonly keyid: string | undefined;

  constructor({ algorithm, signWith, verifyWith }: KeyPair, issuer: string, audiences?: string[]) {
    const [first, ...others] = audiences ?? [];
    this.jwt = new JwtService({
      signOptions: { algorithm, issuer },
      verifyOptions: {
        // Never without: any algorithm that suits the key would be accepted.
        algorithms: [algorithm],
        issuer,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        ...(first === undefined ? {} : { audience: [first, ...others] }),
      },
      secretOrKeyProvider: (request, token) => {
        const wanted = request === JwtSecretRequestType.SIGN ? signWith : verifyWith;
        if (wanted === undefined) throw new JsonWebTokenError('no key for this kind of token');
        if (request === JwtSecretRequestType.VERIFY) checkHeader(String(token), wanted.kid);
        return wanted.key;
      },
    });
    this.keyid = signWith?.kid;
  }

  /** Signs with the key's name in the header. */
  issue(claims: object): string {
    return this.jwt.sign(claims, this.keyid === undefined ? {} : { keyid: this.keyid });
  }

  /**
   * Everything but the end is checked: the caller looks at `exp`, which has no tolerance.
   * @throws Error whatever is wrong
   */
  read(token: string): Claims {
    return this.jwt.verify<Claims>(token, { ignoreExpiration: true });
  }
}

/** Access tokens of logins here, or of an identity service that has one public key. */
@Injectable()
export class AccessJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const { algorithm, issuer, audiences, mode, jwksUrl } = tokens;
    const hasKeySet = mode === 'external' && jwksUrl !== undefined;
    const verifyWith = hasKeySet ? undefined : verificationKey(tokens);
    const signWith = mode === 'own' ? signingKey(tokens) : undefined;
    super({ algorithm, signWith, verifyWith }, issuer, audiences);
  }
}

/** Refresh tokens; there are none where another service does the logins. */
@Injectable()
export class RefreshJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const key = tokens.mode === 'own' ? refreshKey(tokens) : undefined;
    super({ algorithm: 'HS256', signWith: key, verifyWith: key }, tokens.issuer);
  }
}

/** What a device shows at its next login; signed with a key of its own, so that it is nothing else. */
@Injectable()
export class DeviceJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const key = tokens.mode === 'own' ? deviceKey(tokens) : undefined;
    super({ algorithm: 'HS256', signWith: key, verifyWith: key }, tokens.issuer);
  }
}

/** @throws JsonWebTokenError for another key, or an extension that we would have to understand */
function checkHeader(token: string, expectedKid: string | undefined): void {
  const [head = ''] = token.split('.', 1);
  const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (typeof header !== 'object' || header === null) throw new JsonWebTokenError('no header');
  if ('crit' in header) throw new JsonWebTokenError('a critical extension');
  if (expectedKid === undefined || !('kid' in header)) return;
  if (header.kid !== expectedKid) throw new JsonWebTokenError('another key');
}
