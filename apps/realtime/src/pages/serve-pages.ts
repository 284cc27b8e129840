import { existsSync } from 'node:fs';
import path from 'node:path';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import sirv from 'sirv';
import { type ConfigType, type pagesConfig } from '#libs/config';

const YEAR_S = 365 * 86_400;
/** Where Vite puts the files whose names carry a hash of their content. */
const ASSETS = /^\/assets\//;
/** Addresses that are not views: who asks there wants an answer of the server. */
const SERVER = /^\/(?:api|health|socket\.io|metrics)(?:\/|$)/;

/**
 * What pages may load and reach: this server alone, no inline script. The map starts its worker from
 * a file of ours, and draws its symbols from data.
 */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join(';');

/**
 * Serves the dispatcher's page at `/` and at the address of each of its views. Hashed files are kept
 * for a year, the page itself is asked for each time. After `app.init()`, before unknown routes.
 * @returns whether there is a page to serve
 */
export function servePages(
  app: NestExpressApplication,
  { directory }: ConfigType<typeof pagesConfig>,
): boolean {
  const folder = path.resolve(directory);
  if (directory === '' || !existsSync(path.join(folder, 'index.html'))) return false;
  const serve = sirv(folder, {
    etag: true,
    gzip: true,
    single: true,
    setHeaders: (response, pathname) => {
      const isHashed = ASSETS.test(pathname);
      response.setHeader(
        'Cache-Control',
        isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
      );
      response.setHeader('Content-Security-Policy', POLICY);
    },
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (isForPages(request)) serve(request, response, next);
    else next();
  });
  return true;
}

/** Programs that do not ask for HTML get the envelope, also for an address of a view. */
function isForPages(request: Request): boolean {
  const { method, path: address } = request;
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (SERVER.test(address)) return false;
  return ASSETS.test(address) || request.headers.accept?.includes('text/html') === true;
}
