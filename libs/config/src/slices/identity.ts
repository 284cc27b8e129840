import { slice } from '../slice.js';

/** Tokens of our own, or how those of an identity service are checked. */
export const jwtConfig = slice('jwt', (env) => ({
  mode: env.JWT_MODE,
  algorithm: env.JWT_ALGORITHM,
  accessSecret: env.JWT_ACCESS_SECRET,
  refreshSecret: env.JWT_REFRESH_SECRET,
  /** While secrets are changed: tokens of these are right as well, and none is signed with them. */
  accessSecretAccepted: env.JWT_ACCESS_SECRET_ACCEPTED,
  refreshSecretAccepted: env.JWT_REFRESH_SECRET_ACCEPTED,
  publicKeyAccepted: env.JWT_PUBLIC_KEY_ACCEPTED,
  privateKey: env.JWT_PRIVATE_KEY,
  publicKey: env.JWT_PUBLIC_KEY,
  jwksUrl: env.JWT_JWKS_URL,
  issuer: env.JWT_ISSUER,
  audiences: env.JWT_AUDIENCE,
  accessTtlMs: env.JWT_ACCESS_EXPIRES_IN,
  refreshTtlMs: env.JWT_REFRESH_EXPIRES_IN,
}));

export const cookiesConfig = slice('cookies', (env) => ({
  secure: env.COOKIE_SECURE,
  sameSite: env.COOKIE_SAME_SITE,
  domain: env.COOKIE_DOMAIN,
}));

export const accountsConfig = slice('accounts', (env) => ({
  firstAdmin:
    env.FIRST_ADMIN_EMAIL !== undefined && env.FIRST_ADMIN_PASSWORD !== undefined
      ? { email: env.FIRST_ADMIN_EMAIL, password: env.FIRST_ADMIN_PASSWORD }
      : undefined,
  phoneCountry: env.PHONE_DEFAULT_COUNTRY,
  newAdminPassword: env.ADMIN_PASSWORD,
  /** Each of them opens the admin routes. */
  adminApiKeys: [env.ADMIN_API_KEY, env.ADMIN_API_KEY_ACCEPTED].filter((key) => key !== undefined),
  photoOrigins: env.PHOTO_ORIGINS,
}));

export const sessionsConfig = slice('sessions', (env) => ({
  maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
  revocationsKept: env.REVOCATIONS_KEPT,
}));

export const loginsConfig = slice('logins', (env) => ({
  attemptsPerAccount: env.LOGIN_ATTEMPTS_PER_ACCOUNT,
  attemptsPerAddress: env.LOGIN_ATTEMPTS_PER_ADDRESS,
  passengerRegistration: env.PASSENGER_REGISTRATION,
  registrationsPerAddress: env.REGISTRATIONS_PER_ADDRESS,
  attemptsWindowMs: env.LOGIN_ATTEMPTS_WINDOW,
}));
