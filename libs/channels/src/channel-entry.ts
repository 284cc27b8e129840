/** How much of a channel is kept. */
export interface ChannelRetention {
  entries: number;
  ageMs: number;
}

/** One event of a channel. Versions count up by one, without a gap. */
export interface ChannelEntry<Content> {
  version: number;
  /** When it was appended, by the clock of Redis, epoch ms. */
  at: number;
  content: Content;
}

export function readEntry<Content>(json: string): ChannelEntry<Content> {
  const { version, at, content } = JSON.parse(json) as ChannelEntry<Content>;
  return { version, at, content };
}

/** What was said on a channel in passing: numbered by nothing, kept nowhere, and lost in an outage. */
export interface PassingMessage {
  passing: object;
}
