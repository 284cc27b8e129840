import { ConfigurationError, type ClientEnvironment } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { type CheckTarget } from './check-socket.js';

type TokenName = 'ACCESS_TOKEN' | 'DRIVER_TOKEN' | 'ADMIN_TOKEN' | 'PASSENGER_TOKEN';

const tokenOfNamespace: Readonly<Record<string, TokenName>> = {
  [Namespace.drivers]: 'DRIVER_TOKEN',
  [Namespace.admin]: 'ADMIN_TOKEN',
  [Namespace.passengers]: 'PASSENGER_TOKEN',
};

/**
 * Where to connect and with which token: the one of the namespace, else ACCESS_TOKEN.
 * @throws ConfigurationError that names the missing variable
 */
export function targetOf(env: ClientEnvironment, namespace: string): CheckTarget {
  const name = tokenOfNamespace[namespace];
  const [token] = tokensOf((name === undefined ? undefined : env[name]) ?? env.ACCESS_TOKEN);
  if (!token) {
    throw new ConfigurationError([
      `${name ?? 'ACCESS_TOKEN'} is missing: set it to an access token for ${namespace}` +
        ' (accessToken in the answer of POST /api/auth/login)',
    ]);
  }
  return { server: env.WS_BASE ?? env.SERVER, path: env.WS_PATH, namespace, token };
}

/** One or more tokens with commas between: a token has none. */
export function tokensOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((token) => token.trim() || []);
}
