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

/** An entry as its channel announces it. */
export interface AnnouncedEntry<Content> extends ChannelEntry<Content> {
  /** W3C: the step that appended it; absent where that is not traced. */
  traceparent?: string;
}

export function readEntry<Content>(json: string): ChannelEntry<Content> {
  return entryIn(JSON.parse(json) as ChannelEntry<Content>);
}

export function entryIn<Content>({
  version,
  at,
  content,
}: ChannelEntry<Content>): ChannelEntry<Content> {
  return { version, at, content };
}

/** What was said on a channel in passing: numbered by nothing, kept nowhere, and lost in an outage. */
export interface PassingMessage {
  passing: object;
  /** W3C: what said it; absent where that is not traced. */
  traceparent?: string;
}
