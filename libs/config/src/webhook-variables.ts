import { z } from 'zod';

/** Where facts may go in the clear: they do not leave the machine. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What is wrong with one of them is said without the URL: a token may be in it. */
export const webhookUrls = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((urls) => urls.every(isWebhookUrl), 'must be http(s) URLs without user name and password')
  .refine((urls) => urls.length <= 16, 'may have at most 16 URLs')
  .optional();

/** Several while one takes the place of another. */
export const webhookSecrets = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine(
    (each) => each.every(({ length }) => length >= 32),
    'must have at least 32 characters each',
  )
  .refine((each) => each.length <= 4, 'may have at most 4 values')
  .optional();

/** Whether somebody on the network could read what is sent there. */
export function isInTheClear(webhookUrl: string): boolean {
  const { protocol, hostname } = new URL(webhookUrl);
  return protocol !== 'https:' && !LOOPBACK.test(hostname);
}

function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return !!url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
