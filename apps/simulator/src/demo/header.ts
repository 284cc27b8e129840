import { AppAudience, SessionType } from '#libs/contracts';
import { type Drives } from './drives.js';

interface ShownLogin {
  email: string;
  password: string;
}

/** What is driven, where, and what to try. */
export function headerOf(
  servers: readonly string[],
  drives: Drives,
  passengers: number,
  login?: ShownLogin,
): string[] {
  const where = servers.length > 1 ? 'on the other instance than the driver' : 'on the instance';
  return [
    '',
    ...drives.description,
    ...(passengers > 0
      ? [
          `${passengers} passengers request short trips near the cars, one after the other: drivers think for 0.5 to 3 s,`,
          'most accept, some reject or do not answer; some passengers cancel, some lose their network for a while.',
        ]
      : []),
    '',
    ...servers.map((server, i) => `Instance ${String.fromCodePoint(65 + i)}  ${server}`),
    `Open        ${servers[0]} in a browser: the page of dispatchers, with the login below`,
    `Try         ${servers[0]}/api/docs (OpenAPI); dispatchers connect to ${servers.join('/admin or ')}/admin`,
    `Shown       what a dispatcher ${where} gets, and the delay from the driver to it (last 10 s)`,
    ...(login ? loginLines(servers[0]!, login) : []),
    '',
  ];
}

function loginLines(server: string, { email, password }: ShownLogin): string[] {
  const body = JSON.stringify({
    email,
    password,
    appAudience: AppAudience.adminPanel,
    sessionType: SessionType.apiClient,
  });
  return [
    `Login       ${email} / ${password}`,
    `            curl -s ${server}/api/auth/login -H 'content-type: application/json' -d '${body}'`,
  ];
}
