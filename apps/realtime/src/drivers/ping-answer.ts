import { type FixResult, type LocationPingResult } from '#libs/contracts';

/** The answer to a ping as JSON: there are more of these than of all other messages together. */
export function encodePingResult({ results, serverTime }: LocationPingResult): string {
  let list = '';
  for (const result of results) list += (list === '' ? '' : ',') + encodeFixResult(result);
  return `{"results":[${list}],"serverTime":${serverTime}}`;
}

/** Verdicts and reasons are of closed sets, in which nothing has to be escaped. */
function encodeFixResult({ verdict, reason, sequence }: FixResult): string {
  const reasonField = reason === undefined ? '' : `,"reason":"${reason}"`;
  const sequenceField = sequence === undefined ? '' : `,"sequence":${sequence}`;
  return `{"verdict":"${verdict}"${reasonField}${sequenceField}}`;
}
