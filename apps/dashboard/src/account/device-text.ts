/** What is told of a device by what it says of itself; names are those of the makers, in any language. */
export function deviceOf({
  deviceInfo,
  userAgent = '',
  sid,
}: {
  deviceInfo?: string;
  userAgent?: string;
  sid: string;
}): string {
  if (deviceInfo) return deviceInfo;
  const browser = firstOf(userAgent, [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ]);
  const system = firstOf(userAgent, [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ]);
  const known = [browser, system].filter((each) => each !== undefined);
  return known.length > 0 ? known.join(', ') : userAgent || sid.slice(0, 8);
}

function firstOf(text: string, names: readonly (readonly [string, string])[]): string | undefined {
  return names.find(([part]) => text.includes(part))?.[1];
}
