import { AppAudience, SessionType } from '#libs/contracts';
import { type RunArguments } from './arguments.js';
import { type Scene } from './scene.js';

/** What is driven, where, and what to try. @param password of the admin that was made up for a demo */
export function headerOf(
  { command, servers, adminEmail, links, rides }: RunArguments,
  { description, plan }: Scene,
  password?: string,
): string[] {
  const { passengers } = plan.options;
  const where = servers.length > 1 ? 'on the other instance than the driver' : 'on the instance';
  const [first = ''] = servers;
  return [
    '',
    ...linkLines(links),
    ...description,
    ...(passengers > 0
      ? [
          `${passengers} passengers request ${rides === 'short' ? 'short trips near the cars' : 'trips through the city'}, one after the other: drivers think for 0.5 to 3 s,`,
          'most accept, some reject or do not answer; passengers cancel, lose their network, chat, share their trip.',
        ]
      : []),
    '',
    ...servers.map((server, i) => `Instance ${String.fromCodePoint(65 + i)}  ${server}`),
    ...(command === 'demo'
      ? [
          `Try         ${first}/api/docs (OpenAPI); dispatchers connect to ${servers.join('/admin or ')}/admin`,
        ]
      : []),
    `Shown       what a dispatcher ${where} gets, and the delay from the driver to it (last 10 s)`,
    ...(command === 'demo' && adminEmail && password
      ? loginLines(first, adminEmail, password)
      : []),
    '',
  ];
}

/** The first thing to read: what to open. */
function linkLines({ desk, ride, drive }: RunArguments['links']): string[] {
  if (desk === undefined) return [];
  return [
    `Open ${desk} in a browser: the page of dispatchers, signed in (once, for an hour).`,
    ...(ride ? [`Then ${ride} in another tab: the phone of a passenger who requests a ride.`] : []),
    ...(drive ? [`And  ${drive} in a third one: the phone of a driver who takes offers.`] : []),
    '',
  ];
}

function loginLines(server: string, email: string, password: string): string[] {
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
