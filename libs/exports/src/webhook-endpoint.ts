/** One address that facts are sent to. */
export interface WebhookEndpoint {
  /** Name of its consumer group. Logs and dead letters say this and never the URL, which may be secret. */
  name: string;
  url: string;
}

/**
 * Named by their places in the list, so that a URL can change (another token, another host) and go on
 * with what was not delivered yet.
 */
export function endpointsOf(urls: readonly string[]): WebhookEndpoint[] {
  return urls.map((url, index) => ({
    name: index === 0 ? 'webhooks' : `webhooks-${index + 1}`,
    url,
  }));
}
