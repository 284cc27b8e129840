import {
  type Deed,
  type Delivery,
  type KeptEntry,
  type KeptStream,
  type Listener,
  type OrderRules,
  type StreamHistory,
} from './stream-history.js';

/** What no right system does. */
export interface Fault {
  kind:
    /** Acknowledged, and not there. */
    | 'lost'
    /** There more often than it was done. */
    | 'doubled'
    /** Refused, and there all the same. */
    | 'done though refused'
    /** There, and nobody has asked for it. */
    | 'invented'
    /** Acknowledged under another number than it has. */
    | 'renumbered'
    /** One thing began after another had been acknowledged, and stands before it. */
    | 'out of order'
    /** A number is missing, or there twice. */
    | 'miscounted'
    /** An order that cannot have happened. */
    | 'impossible'
    /** Two observers see different histories. */
    | 'disagreement'
    /** A client or webhook was told again, or something older after something newer. */
    | 'told again'
    /** It was told what is not so. */
    | 'told wrongly'
    /** It was not told what it had to be told. */
    | 'untold';
  text: string;
}

/** Everything in a history that cannot be; empty for one that can have happened. */
export function checkStreams(history: StreamHistory): Fault[] {
  const { deeds, kept, listeners, deliveries, receivers, rules } = history;
  const faults: Fault[] = [];
  const note = (kind: Fault['kind'], text: string): void => void faults.push({ kind, text });
  const byStream = Map.groupBy(kept, ({ stream }) => stream);
  const deedsOf = Map.groupBy(deeds, ({ stream }) => stream);
  for (const [stream, views] of byStream) {
    for (const view of views) {
      checkNumbers(view, note);
      checkOrderRules(view, rules, note);
      checkDeeds(view, deedsOf.get(stream) ?? [], note);
    }
    checkAgreement(views, note);
  }
  for (const { stream, key, outcome } of deeds) {
    if (outcome === 'acknowledged' && !byStream.has(stream))
      note('lost', `${key} of ${stream}: nothing is kept of ${stream}`);
  }
  for (const listener of listeners) {
    const view = byStream.get(listener.stream)?.[0];
    if (view) checkListener(listener, view, note);
    else if (listener.heard.length > 0)
      note('told wrongly', `${listener.name} heard of ${listener.stream}, which nobody keeps`);
  }
  for (const receiver of receivers) {
    const got = Map.groupBy(
      deliveries.filter((each) => each.receiver === receiver),
      ({ stream }) => stream,
    );
    for (const [stream, [view]] of byStream)
      checkDeliveries(receiver, got.get(stream) ?? [], view!, note);
  }
  return faults;
}

type Note = (kind: Fault['kind'], text: string) => void;

function checkNumbers({ observer, stream, entries, isWhole }: KeptStream, note: Note): void {
  let last = isWhole ? 0 : (entries[0]?.version ?? 1) - 1;
  for (const { version, type } of entries) {
    const isNext = isWhole ? version === last + 1 : version > last;
    if (!isNext)
      note('miscounted', `${observer}: ${stream} has ${type} as ${version} behind ${last}`);
    last = version;
  }
}

function checkOrderRules(
  { observer, stream, entries }: KeptStream,
  { first, after, once, final, afterEnd }: OrderRules,
  note: Note,
): void {
  const seen = new Set<string>();
  let end: string | undefined;
  for (const { version, type } of entries) {
    const say = (what: string): void =>
      note('impossible', `${observer}: ${stream} has ${type} as ${version} ${what}`);
    if (seen.size === 0 && first !== undefined && type !== first) say(`and not ${first} first`);
    const needed = after[type];
    if (needed !== undefined && !seen.has(needed)) say(`without ${needed} before it`);
    if (once.includes(type) && seen.has(type)) say('a second time');
    if (end !== undefined && !afterEnd.includes(type)) say(`behind ${end}`);
    if (final.includes(type)) end ??= type;
    seen.add(type);
  }
}

function checkDeeds(view: KeptStream, deeds: readonly Deed[], note: Note): void {
  const { observer, stream, entries } = view;
  const done = Map.groupBy(
    entries.filter(({ deed }) => deed !== undefined),
    ({ deed }) => deed!,
  );
  const asked = Map.groupBy(deeds, ({ key }) => key);
  for (const [key, same] of asked) {
    const acknowledged = same.filter(({ outcome }) => outcome === 'acknowledged').length;
    const refused = same.filter(({ outcome }) => outcome === 'refused').length;
    const times = done.get(key)?.length ?? 0;
    if (times < Math.min(acknowledged, 1))
      note('lost', `${key} of ${stream} was acknowledged, and ${observer} has nothing of it`);
    if (times > 1) note('doubled', `${observer} has ${key} of ${stream} ${times} times`);
    if (times > 0 && refused === same.length)
      note('done though refused', `${observer} has ${key} of ${stream}, which was refused`);
  }
  for (const key of done.keys())
    if (!asked.has(key))
      note('invented', `${observer} has ${key} of ${stream}, which nobody asked for`);
  const placed = deeds
    .map((deed) => ({ deed, entry: done.get(deed.key)?.[0] }))
    .filter((each): each is { deed: Deed; entry: KeptEntry } => each.entry !== undefined);
  for (const { deed, entry } of placed) {
    if (deed.version !== undefined && deed.version !== entry.version)
      note(
        'renumbered',
        `${deed.key} of ${stream} was acknowledged as ${deed.version}; ${observer} has it as ${entry.version}`,
      );
  }
  checkRealTime(placed, observer, note);
}

/** Whatever was acknowledged before something else began stands before it. */
function checkRealTime(
  placed: readonly { deed: Deed; entry: KeptEntry }[],
  observer: string,
  note: Note,
): void {
  const byEnd = placed
    .filter(({ deed }) => deed.outcome === 'acknowledged')
    .toSorted((a, b) => a.deed.endedAt - b.deed.endedAt);
  const byStart = placed.toSorted((a, b) => a.deed.startedAt - b.deed.startedAt);
  let newest: { deed: Deed; entry: KeptEntry } | undefined;
  let next = 0;
  for (const later of byStart) {
    while (byEnd[next] && byEnd[next]!.deed.endedAt < later.deed.startedAt) {
      const ended = byEnd[next]!;
      if (!newest || ended.entry.version > newest.entry.version) newest = ended;
      next += 1;
    }
    if (newest && newest.entry.version > later.entry.version)
      note(
        'out of order',
        `${observer}: ${later.deed.key} began after ${newest.deed.key} was acknowledged, and has ` +
          `${later.entry.version} before ${newest.entry.version}`,
      );
  }
}

function checkAgreement([first, ...others]: readonly KeptStream[], note: Note): void {
  if (!first) return;
  const expected = textOf(first);
  for (const other of others)
    if (textOf(other) !== expected)
      note(
        'disagreement',
        `${first.observer} and ${other.observer} show ${first.stream} differently`,
      );
}

function textOf({ entries }: KeptStream): string {
  return JSON.stringify(
    entries.map(({ version, type, deed, told }) => [version, type, deed, told]),
  );
}

function checkListener(
  { name, audience, heard, isFromFirst = false }: Listener,
  view: KeptStream,
  note: Note,
): void {
  const { stream, entries, isWhole } = view;
  const byVersion = new Map(entries.map((entry) => [entry.version, entry]));
  const from = isFromFirst ? (heard[0]?.version ?? Infinity) : 0;
  const due = entries.filter(
    ({ version, told }) => version >= from && told[audience] !== undefined,
  );
  let known = 0;
  const told = new Set<number>();
  for (const { version, event } of heard) {
    if (event === undefined) {
      // A state may be shown again, and says nothing that is new then.
      for (const entry of due) if (entry.version <= version) told.add(entry.version);
      known = Math.max(known, version);
      continue;
    }
    if (version <= known)
      note('told again', `${name} heard ${event} ${version} of ${stream} behind ${known}`);
    known = Math.max(known, version);
    told.add(version);
    const entry = byVersion.get(version);
    if (!entry && !isWhole) continue;
    if (entry?.told[audience] !== event)
      note(
        'told wrongly',
        `${name} heard ${event} ${version} of ${stream}; it is ${entry?.told[audience] ?? 'nothing for it'}`,
      );
  }
  const missed = due.filter(({ version }) => !told.has(version)).map(({ version }) => version);
  if (missed.length > 0)
    note('untold', `${name} never heard ${missed.slice(0, 9).join(', ')} of ${stream}`);
}

function checkDeliveries(
  receiver: string,
  got: readonly Delivery[],
  { stream, entries }: KeptStream,
  note: Note,
): void {
  const typeOf = new Map(entries.map(({ version, type }) => [version, type]));
  const seen = new Set<number>();
  let newest = 0;
  for (const { version, type } of got) {
    if (seen.has(version)) continue;
    if (version < newest)
      note(
        'told again',
        `${receiver} got ${version} of ${stream} for the first time behind ${newest}`,
      );
    newest = Math.max(newest, version);
    seen.add(version);
    if (typeOf.has(version) && typeOf.get(version) !== type)
      note(
        'told wrongly',
        `${receiver} got ${type} as ${version} of ${stream}; it is ${typeOf.get(version)}`,
      );
  }
  const missed = [...typeOf.keys()].filter((version) => !seen.has(version));
  if (missed.length > 0)
    note('untold', `${receiver} never got ${missed.slice(0, 9).join(', ')} of ${stream}`);
}
