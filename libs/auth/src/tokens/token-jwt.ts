import { Inject, Injectable } from '@nestjs/common';
import { JsonWebTokenError, JwtService } from '@nestjs/jwt';
import { jwtConfig, type ConfigType } from '#libs/config';
import {
  deviceKeys,
  refreshKeys,
  signingKey,
  verificationKeys,
  type TokenKey,
} from './token-keys.js';

/** For `nbf` of an identity service whose clock is a little ahead; never prolongs a token. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** What a verified token says; nothing but the registered times has a checked type. */
export type Claims = Partial<Record<string, unknown>>;

interface Keys {
  algorithm: 'HS256' | 'RS256' | 'ES256';
  /** Undefined where tokens of this kind are never signed here. */
  signWith: TokenKey | undefined;
  /** Each of them is right: while keys are changed there are two. None where tokens are not verified here. */
  verifyWith: readonly TokenKey[];
}

interface Reader {
  key: TokenKey;
  jwt: JwtService;
}

/**
 * One kind of token, with one algorithm. The key is found by `kid`: a token that names another is
 * refused before its signature is looked at. Tokens without a `kid` are of older releases, or of an
 * identity service that does not name its keys: each key is tried.
 */
abstract class TokenJwt {
  private readonly signer: JwtService;
  private readonly keyid: string | undefined;
  private readonly readers: readonly Reader[];

  constructor({ algorithm, signWith, verifyWith }: Keys, issuer: string, audiences?: string[]) {
    const [first, ...others] = audiences ?? [];
    this.signer = new JwtService({
      signOptions: { algorithm, issuer },
      secretOrKeyProvider: () => {
        if (signWith === undefined) throw new JsonWebTokenError('no key for this kind of token');
        return signWith.key;
      },
    });
    this.keyid = signWith?.kid;
    this.readers = verifyWith.map((key) => ({
      key,
      jwt: new JwtService({
        verifyOptions: {
          // Never without: any algorithm that suits the key would be accepted.
          algorithms: [algorithm],
          issuer,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          ...(first === undefined ? {} : { audience: [first, ...others] }),
        },
        secretOrKeyProvider: () => key.key,
      }),
    }));
  }

  /** Signs with the key's name in the header. */
  issue(claims: object): string {
    return this.signer.sign(claims, this.keyid === undefined ? {} : { keyid: this.keyid });
  }

  /**
   * Everything but the end is checked: the caller looks at `exp`, which has no tolerance.
   * @throws Error whatever is wrong
   */
  read(token: string): Claims {
    return this.readByKey(token).claims;
  }

  /** The same, and which of the keys it was. */
  readByKey(token: string): { claims: Claims; key: TokenKey } {
    const kid = kidOf(token);
    let wrong: unknown = new JsonWebTokenError('another key');
    for (const { key, jwt } of this.readers) {
      if (kid !== undefined && key.kid !== undefined && kid !== key.kid) continue;
      try {
        return { claims: jwt.verify<Claims>(token, { ignoreExpiration: true }), key };
      } catch (error) {
        wrong = error;
      }
    }
    throw wrong;
  }
}

/** Access tokens of logins here, or of an identity service that has one public key. */
@Injectable()
export class AccessJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const { algorithm, issuer, audiences, mode, jwksUrl } = tokens;
    const hasKeySet = mode === 'external' && jwksUrl !== undefined;
    const verifyWith = hasKeySet ? [] : verificationKeys(tokens);
    const signWith = mode === 'own' ? signingKey(tokens) : undefined;
    super({ algorithm, signWith, verifyWith }, issuer, audiences);
  }
}

/** Refresh tokens; there are none where another service does the logins. */
@Injectable()
export class RefreshJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const keys = tokens.mode === 'own' ? refreshKeys(tokens) : [];
    super({ algorithm: 'HS256', signWith: keys[0], verifyWith: keys }, tokens.issuer);
  }
}

/** What a device shows at its next login; signed with a key of its own, so that it is nothing else. */
@Injectable()
export class DeviceJwt extends TokenJwt {
  constructor(@Inject(jwtConfig.KEY) tokens: ConfigType<typeof jwtConfig>) {
    const keys = tokens.mode === 'own' ? deviceKeys(tokens) : [];
    super({ algorithm: 'HS256', signWith: keys[0], verifyWith: keys }, tokens.issuer);
  }
}

/**
 * The key that a token names; undefined for none, and for what is no name.
 * @throws JsonWebTokenError for what is no token, or has an extension that we would have to understand
 */
function kidOf(token: string): string | undefined {
  const [head = ''] = token.split('.', 1);
  const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (typeof header !== 'object' || header === null) throw new JsonWebTokenError('no header');
  if ('crit' in header) throw new JsonWebTokenError('a critical extension');
  return 'kid' in header ? String(header.kid) : undefined;
}
