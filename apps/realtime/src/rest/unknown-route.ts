import { NotFoundException } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { type ConfigType, type socketsConfig } from '#libs/config';
import { RefusalLog } from '../socket/connection/refusal-log.js';
import { failureOf } from './failure.js';
import { API_PREFIX } from './set-up-rest.js';

/** What clients of Engine.IO name in every request, wherever they send it. */
const ENGINE_IO = /[?&]EIO=/;

/**
 * Answers requests that no route outside of /api takes, in the envelope; Nest does it below /api. A
 * Socket.IO client that has come to a wrong path is told the right one. After `app.init()`.
 */
export function answerUnknownRoutes(
  app: NestExpressApplication,
  settings: ConfigType<typeof socketsConfig>,
): void {
  const toSocketPath = answerToSockets(app, settings);
  app.use((request: Request, response: Response) => {
    const { method, originalUrl } = request;
    const isSocket =
      ENGINE_IO.test(originalUrl) || request.headers.upgrade?.toLowerCase() === 'websocket';
    if (isSocket) toSocketPath(request, response);
    else answerNotFound(response, `Cannot ${method} ${originalUrl}`);
  });
}

/** The same for clients of Socket.IO that come below /api. Before `app.init()`. */
export function answerSocketsBelowApi(
  app: NestExpressApplication,
  settings: ConfigType<typeof socketsConfig>,
): void {
  const toSocketPath = answerToSockets(app, settings);
  app.use(`/${API_PREFIX}`, (request: Request, response: Response, next: NextFunction) => {
    if (ENGINE_IO.test(request.originalUrl)) toSocketPath(request, response);
    else next();
  });
}

function answerToSockets(
  app: NestExpressApplication,
  { path }: ConfigType<typeof socketsConfig>,
): (request: Request, response: Response) => void {
  const refusals = app.get(RefusalLog, { strict: false });
  return (request, response) => {
    refusals.note({ code: 'SOCKET_PATH_WRONG', address: request.ip ?? '' });
    answerNotFound(
      response,
      `No sockets are served here. They are at ${path} (WS_PATH): set path: '${path}' in the client.`,
    );
  };
}

function answerNotFound(response: Response, message: string): void {
  const { status, envelope } = failureOf(new NotFoundException(message))!;
  response.status(status).json(envelope);
}
