/**
 * Where the page is served, e.g. `/` or `/ridewire/` behind a proxy. The server says it in
 * `<base href>`: relative to the view that was opened, so that nobody has to set it.
 */
const root = new URL('.', document.baseURI).pathname;

/** The address of something of the server, for a path like `/api/trips` or `/trips?onlyActive=true`. */
export function hrefOf(path: string): string {
  return root + path.replace(/^\//, '');
}

/** What `hrefOf` was given; `/` for what lies outside. */
export function pathOf({ pathname }: { pathname: string }): string {
  return pathname.startsWith(root) ? `/${pathname.slice(root.length)}` : '/';
}
