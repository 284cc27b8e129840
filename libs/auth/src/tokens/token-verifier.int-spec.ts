import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { decodeProtectedHeader, exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jwtConfig } from '#libs/config';
import { testEnvironment } from '#libs/testing';
import { AccessJwt } from './token-jwt.js';
import { TokenVerifier } from './token-verifier.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const pemOf = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

function verifier(overrides: Record<string, string>): TokenVerifier {
  const settings = jwtConfig(testEnvironment(overrides));
  return new TokenVerifier(settings, new AccessJwt(settings));
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const CLAIMS = { sub: 'u1', sid: 's1', userType: 'driver', iss: 'ridewire', aud: 'driver_app' };

function sign(
  key: KeyObject | Uint8Array,
  alg: string,
  change: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  return new SignJWT({ ...CLAIMS, exp, ...change })
    .setProtectedHeader({ alg, ...header })
    .sign(key);
}

/** With an extension that its reader must understand. */
function extended(secret: Buffer): string {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const header = { alg: 'HS256', crit: ['b64'], b64: true };
  const body = `${encode(header)}.${encode({ ...CLAIMS, exp })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

describe('own tokens', () => {
  const secret = Buffer.from('test-access-secret-of-32-characters!');

  it('[AUTH10] A token of this service is read into a principal', async () => {
    const principal = await verifier({}).verify(await sign(secret, 'HS256'));
    expect(principal).toMatchObject({ userId: 'u1', sid: 's1', userType: 'driver' });
    expect(principal.expiresAt).toBeGreaterThan(Date.now());
  });

  it('[AUTH10] Wrong issuer, audience, claim, algorithm or signature is TOKEN_INVALID', async () => {
    const future = { nbf: Math.floor(Date.now() / 1_000) + 600 };
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const refused = [
      ...(await Promise.all(
        [
          { iss: 'other' },
          { aud: 'other_app' },
          { sub: undefined },
          { sub: 'a b' },
          { sub: 'x'.repeat(65) },
          { sid: undefined },
          { sid: 'a:b' },
          { sid: 7 },
          { userType: 'root' },
          { userType: undefined },
          { exp: undefined },
          future,
        ].map((change) => sign(secret, 'HS256', change)),
      )),
      await sign(secret, 'HS384'),
      await sign(secret, 'HS512'),
      await sign(secret, 'HS256', {}, { kid: 'another' }),
      await sign(secret, 'HS256', {}, { kid: 7 }),
      extended(secret),
      await sign(Buffer.from('another-secret-of-32-characters!!!!!'), 'HS256'),
      `${encode({ alg: 'none' })}.${encode({ ...CLAIMS, exp })}.`,
      'no token',
      'a.b.c',
      'x'.repeat(5_000),
    ];
    const own = verifier({});
    for (const token of refused) {
      await expect(own.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
  });

  it('[AUTH10] An expired token is TOKEN_EXPIRED, to the second', async () => {
    const own = verifier({});
    const now = Math.floor(Date.now() / 1_000);
    for (const exp of [now - 3_600, now]) {
      const token = await sign(secret, 'HS256', { exp });
      await expect(own.verify(token)).rejects.toMatchObject({
        code: 'TOKEN_EXPIRED',
        retryable: true,
      });
    }
  });

  it('[AUTH10] A token names the key that signed it; one of an older release without a name is accepted', async () => {
    for (const overrides of [
      {},
      { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: pemOf(rsa.privateKey) },
      { JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: pemOf(ec.privateKey) },
    ] as Record<string, string>[]) {
      const settings = jwtConfig(testEnvironment(overrides));
      const jwt = new AccessJwt(settings);
      const exp = Math.floor(Date.now() / 1_000) + 60;
      const token = jwt.issue({ ...CLAIMS, iss: undefined, exp });
      expect(decodeProtectedHeader(token)).toEqual({
        alg: settings.algorithm,
        typ: 'JWT',
        kid: expect.stringMatching(/^[\w-]{16}$/),
      });
      expect(JSON.stringify(decodeProtectedHeader(token))).not.toContain(secret.toString());
      const other = verifier(overrides);
      await expect(other.verify(token)).resolves.toMatchObject({ userId: 'u1' });
    }
    await expect(verifier({}).verify(await sign(secret, 'HS256'))).resolves.toBeDefined();
  });

  it('[AUTH10] With RS256 and ES256 the public half of the private key verifies', async () => {
    for (const [alg, { privateKey }] of [
      ['RS256', rsa],
      ['ES256', ec],
    ] as const) {
      const own = verifier({ JWT_ALGORITHM: alg, JWT_PRIVATE_KEY: pemOf(privateKey) });
      await expect(own.verify(await sign(privateKey, alg))).resolves.toMatchObject({ sid: 's1' });
      const publicPem = Buffer.from(pemOf(createPublicKey(privateKey)));
      for (const forged of [
        await sign(publicPem, 'HS256'),
        await sign(
          alg === 'RS256' ? ec.privateKey : rsa.privateKey,
          alg === 'RS256' ? 'ES256' : 'RS256',
        ),
        `${encode({ alg: 'none' })}.${encode({ ...CLAIMS, exp: 9_999_999_999 })}.`,
      ]) {
        await expect(own.verify(forged)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
      }
    }
  });

  it('[AUTH10] A key that does not fit the algorithm stops the start', () => {
    const mixed = { JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: pemOf(rsa.privateKey) };
    expect(() => verifier(mixed)).toThrow(/JWT_PRIVATE_KEY does not fit/);
  });
});

describe('tokens of another identity service', () => {
  const external = {
    JWT_MODE: 'external',
    JWT_ALGORITHM: 'RS256',
    JWT_PUBLIC_KEY: pemOf(rsa.publicKey),
  };

  it('[AUTH11] A token is verified with the public key', async () => {
    const token = await sign(rsa.privateKey, 'RS256');
    await expect(verifier(external).verify(token)).resolves.toMatchObject({ userId: 'u1' });
    const forged = await sign(otherRsa.privateKey, 'RS256');
    await expect(verifier(external).verify(forged)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  it('[AUTH11] A token signed with the public key as a secret is refused', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const body = `${encode({ alg: 'HS256' })}.${encode({ ...CLAIMS, exp })}`;
    const mac = createHmac('sha256', pemOf(rsa.publicKey)).update(body).digest('base64url');
    await expect(verifier(external).verify(`${body}.${mac}`)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });
});

describe('tokens verified with a key set', () => {
  let server: Server;
  let status = 200;
  let requests = 0;
  let keys: Record<string, unknown>[];
  let url: string;

  beforeAll(async () => {
    keys = [
      { ...(await exportJWK(ec.publicKey)), kid: 'k1', alg: 'ES256' },
      { ...(await exportJWK(rsa.publicKey)), kid: 'k2', alg: 'RS256' },
    ];
    server = createServer((_request, response) => {
      requests += 1;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => server.close());

  const fromSet = () =>
    verifier({ JWT_MODE: 'external', JWT_ALGORITHM: 'ES256', JWT_JWKS_URL: url });

  it('[AUTH11] The key is found by its id and the set is fetched once', async () => {
    const before = requests;
    const own = fromSet();
    const token = await sign(ec.privateKey, 'ES256', {}, { kid: 'k1' });
    for (let i = 0; i < 3; i += 1) {
      await expect(own.verify(token)).resolves.toMatchObject({ sid: 's1' });
    }
    expect(requests - before).toBe(1);
  });

  it('[AUTH11] Unknown ids and other algorithms are refused without a fetch for each', async () => {
    const own = fromSet();
    const good = await sign(ec.privateKey, 'ES256', {}, { kid: 'k1' });
    await own.verify(good);
    const before = requests;
    for (const token of [
      await sign(ec.privateKey, 'ES256', {}, { kid: 'k9' }),
      await sign(rsa.privateKey, 'RS256', {}, { kid: 'k2' }),
    ]) {
      await expect(own.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
    expect(requests - before).toBe(0);
  });

  it('[AUTH11] Unknown key ids lock nobody out while the set cannot be fetched', async () => {
    const own = fromSet();
    const good = await sign(ec.privateKey, 'ES256', {}, { kid: 'k1' });
    await own.verify(good);
    const unknown = await sign(ec.privateKey, 'ES256', {}, { kid: 'k9' });
    const later = Date.now() + 15_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    status = 500;
    try {
      for (let i = 0; i < 2; i += 1) {
        await expect(own.verify(unknown)).rejects.toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
        await expect(own.verify(good)).resolves.toMatchObject({ userId: 'u1' });
      }
    } finally {
      status = 200;
      vi.restoreAllMocks();
    }
  });

  it('[AUTH11] A set that cannot be fetched is a retryable refusal, never an invalid token', async () => {
    const own = fromSet();
    const token = await sign(ec.privateKey, 'ES256', {}, { kid: 'k1' });
    const before = requests;
    status = 500;
    for (let i = 0; i < 3; i += 1) {
      await expect(own.verify(token)).rejects.toMatchObject({
        code: 'IDENTITY_UNAVAILABLE',
        retryable: true,
      });
    }
    expect(requests - before).toBe(1);
    status = 200;
    const deaf = verifier({
      JWT_MODE: 'external',
      JWT_ALGORITHM: 'ES256',
      JWT_JWKS_URL: 'http://127.0.0.1:1/jwks',
    });
    await expect(deaf.verify(token)).rejects.toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
  });

  it('[AUTH11] A token without a key id is tried with each key that fits; a third key stays refused', async () => {
    const [first, second, third] = [1, 2, 3].map(() =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    );
    const before = keys;
    keys = [
      { ...(await exportJWK(first!.publicKey)), kid: 'a', alg: 'ES256' },
      { ...(await exportJWK(second!.publicKey)), kid: 'b' },
      { ...(await exportJWK(rsa.publicKey)), kid: 'c' },
    ];
    try {
      const own = fromSet();
      for (const { privateKey } of [first!, second!]) {
        const token = await sign(privateKey, 'ES256');
        await expect(own.verify(token)).resolves.toMatchObject({ userId: 'u1' });
      }
      const fetched = requests;
      const refused = [
        await sign(third!.privateKey, 'ES256'),
        await sign(second!.privateKey, 'ES256', {}, { kid: 'a' }),
        await sign(first!.privateKey, 'ES256', {}, { kid: 'c' }),
        await sign(rsa.privateKey, 'RS256'),
        await sign(first!.privateKey, 'ES256', { aud: 'other_app' }),
      ];
      for (const token of refused) {
        await expect(own.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
      }
      const past = { exp: Math.floor(Date.now() / 1_000) - 60 };
      const ended = await sign(second!.privateKey, 'ES256', past);
      await expect(own.verify(ended)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
      expect(requests).toBe(fetched);
    } finally {
      keys = before;
    }
  });

  it('[AUTH11] Keys of the set that cannot be used, or share an id, do not hide the right one', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const before = keys;
    const good = await exportJWK(rsa.publicKey);
    keys = [
      await exportJWK(weak.publicKey),
      { kty: 'RSA', n: '!', e: 'AQAB' },
      { kty: 'RSA' },
      { ...(await exportJWK(otherRsa.publicKey)), kid: 'same' },
      { ...good, kid: 'same' },
    ];
    try {
      const own = verifier({
        JWT_MODE: 'external',
        JWT_ALGORITHM: 'RS256',
        JWT_JWKS_URL: url,
      });
      for (const header of [{}, { kid: 'same' }]) {
        const token = await sign(rsa.privateKey, 'RS256', {}, header);
        await expect(own.verify(token)).resolves.toMatchObject({ userId: 'u1' });
        const past = { exp: Math.floor(Date.now() / 1_000) - 60 };
        const ended = await sign(rsa.privateKey, 'RS256', past, header);
        await expect(own.verify(ended)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
      }
      const third = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      await expect(own.verify(await sign(third.privateKey, 'RS256'))).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      });
    } finally {
      keys = before;
    }
  });

  it('[AUTH11] The number of keys that one token is tried with is bounded', async () => {
    const many = Array.from({ length: 9 }, () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    );
    const before = keys;
    keys = await Promise.all(many.map(({ publicKey }) => exportJWK(publicKey)));
    try {
      const own = fromSet();
      const eighth = await sign(many[7]!.privateKey, 'ES256');
      await expect(own.verify(eighth)).resolves.toMatchObject({ userId: 'u1' });
      const ninth = await sign(many[8]!.privateKey, 'ES256');
      await expect(own.verify(ninth)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    } finally {
      keys = before;
    }
  });

  it('[AUTH11] A new key is found by tokens with and without a key id; wrong ones fetch seldom', async () => {
    const next = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const before = keys;
    for (const header of [{ kid: 'next' }, {}]) {
      const own = fromSet();
      await own.verify(await sign(ec.privateKey, 'ES256', {}, { kid: 'k1' }));
      keys = [...before, { ...(await exportJWK(next.publicKey)), kid: 'next' }];
      const later = Date.now() + 15_000;
      vi.spyOn(Date, 'now').mockReturnValue(later);
      try {
        const token = await sign(next.privateKey, 'ES256', {}, header);
        await expect(own.verify(token)).resolves.toMatchObject({ userId: 'u1' });
        const fetched = requests;
        const attempts = await Promise.allSettled(
          Array.from({ length: 50 }, async (_, i) =>
            own.verify(await sign(otherEc.privateKey, 'ES256', {}, i % 2 ? { kid: `k${i}x` } : {})),
          ),
        );
        for (const attempt of attempts) {
          expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'TOKEN_INVALID' } });
        }
        expect(requests).toBe(fetched);
      } finally {
        keys = before;
        vi.restoreAllMocks();
      }
    }
  });
});
