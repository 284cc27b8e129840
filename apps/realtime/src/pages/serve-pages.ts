import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import sirv from 'sirv';
import { type ConfigType, type mapConfig, type pagesConfig } from '#libs/config';

const YEAR_S = 365 * 86_400;
/** Where Vite puts the files whose names carry a hash of their content. */
const ASSETS = /^\/assets\//;
/** Pages with a file of their own; what follows the name in the address is for the page itself. */
const OTHER_PAGES = ['ride', 'drive', 'share'];
/** Addresses that are not views: who asks there wants an answer of the server. */
const SERVER = /^\/(?:api|health|socket\.io|metrics)(?:\/|$)/;
const ICON = '/favicon.svg';
/** What the built page has where the server says how far up its root is. */
const BASE = '<base href="/" />';
/** No view lies deeper. */
const MAX_DEPTH = 8;

/**
 * What pages may load and reach: this server alone, and whoever has the map where another style is
 * set; no inline script. The map starts its worker from a file of ours, and draws its symbols from
 * data.
 */
function policyWith(mapOrigins: readonly string[]): string {
  const map = mapOrigins.map((origin) => ` ${origin}`).join('');
  return [
    "default-src 'self'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob:${map}`,
    `connect-src 'self'${map}`,
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join(';');
}

/**
 * Serves the dispatcher's page at `/` and at the address of each of its views, and the pages to try of
 * passengers, drivers and guests at theirs. Hashed files are kept for a year, a page itself is asked
 * for each time. It finds its files and the server relative to its own address, so that a proxy may
 * serve it below any prefix. After `app.init()`, before unknown routes.
 * @param map what the pages are told of it, and whom they may ask for it
 * @returns whether there is a page to serve
 */
export function servePages(
  app: NestExpressApplication,
  { directory }: ConfigType<typeof pagesConfig>,
  map: ConfigType<typeof mapConfig>,
): boolean {
  const folder = path.resolve(directory);
  if (directory === '' || !existsSync(path.join(folder, 'index.html'))) return false;
  const dispatch = readPage(folder, 'index', map);
  const built = OTHER_PAGES.filter((name) => existsSync(path.join(folder, `${name}.html`)));
  const others = new Map<string, string[]>(
    built.map((name) => [name, readPage(folder, name, map)]),
  );
  const policy = policyWith(map.origins);
  const serveFile = sirv(folder, {
    etag: true,
    gzip: true,
    setHeaders: (response, pathname) => {
      const isHashed = ASSETS.test(pathname);
      response.setHeader(
        'Cache-Control',
        isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
      );
      response.setHeader('Content-Security-Policy', policy);
    },
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    const { method, path: address } = request;
    if ((method !== 'GET' && method !== 'HEAD') || SERVER.test(address)) return next();
    if (ASSETS.test(address) || address === ICON) return serveFile(request, response, next);
    const [, name = '', ...deeper] = address.split('/');
    const page = (others.get(name) ?? dispatch)[deeper.length];
    // Programs that do not ask for HTML get the envelope, also for an address of a view.
    if (page === undefined || !request.headers.accept?.includes('text/html')) return next();
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('Content-Security-Policy', policy);
    response.type('html').send(page);
  });
  return true;
}

/** A page as it is for an address by how deep it lies. It also says which map the operator has set. */
function readPage(
  folder: string,
  name: string,
  { styleUrl, view }: ConfigType<typeof mapConfig>,
): string[] {
  const html = readFileSync(path.join(folder, `${name}.html`), 'utf8');
  const settings = escaped(JSON.stringify({ styleUrl, view }));
  const map = `<meta name="ridewire-map" content="${settings}" />`;
  return Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => {
    const base = `<base href="${depth === 0 ? './' : '../'.repeat(depth)}" />`;
    return html.replace(BASE, () => `${base}\n    ${map}`);
  });
}

/** A text as the value of an attribute. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
