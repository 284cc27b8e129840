/** A numbered event of a trip as somebody heard it. */
export interface Heard {
  event: string;
  version: number;
}

/** What is wrong with what somebody heard of one trip: each event once, in order, and none besides. */
export function faultsOf(expected: readonly string[], heard: readonly Heard[]): string[] {
  const names = heard.map(({ event }) => event);
  const faults = [...new Set([...expected, ...names])].flatMap((event) => {
    const wanted = countOf(event, expected);
    const came = countOf(event, names);
    if (came === wanted) return [];
    if (wanted === 0) return [`${event} should not have come`];
    return came === 0 ? [`${event} is missing`] : [`${event} came ${came} times, not ${wanted}`];
  });
  if (faults.length === 0 && names.some((event, i) => event !== expected[i])) {
    faults.push(`the order is ${names.join(', ')}`);
  }
  const fallen = heard.find((each, i) => each.version <= (heard[i - 1]?.version ?? 0));
  if (fallen) faults.push(`version ${fallen.version} does not follow the one before it`);
  return faults;
}

function countOf(event: string, names: readonly string[]): number {
  return names.filter((name) => name === event).length;
}
