import { NotFoundException } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Request, type Response } from 'express';
import { type ConfigType, type socketsConfig } from '#libs/config';
import { RefusalLog } from '../socket/connection/refusal-log.js';
import { failureOf } from './failure.js';

/** What clients of Engine.IO name in every request, wherever they send it. */
const ENGINE_IO = /[?&]EIO=/;

/**
 * Answers requests that no route outside of /api takes, in the envelope; Nest does it below /api. A
 * Socket.IO client that has come to a wrong path is told the right one. After `app.init()`.
 */
export function answerUnknownRoutes(
  app: NestExpressApplication,
  { path }: ConfigType<typeof socketsConfig>,
): void {
  const refusals = app.get(RefusalLog, { strict: false });
  app.use((request: Request, response: Response) => {
    const { method, originalUrl } = request;
    const wantsSocket =
      ENGINE_IO.test(originalUrl) || request.headers.upgrade?.toLowerCase() === 'websocket';
    if (wantsSocket) refusals.note({ code: 'SOCKET_PATH_WRONG', address: request.ip ?? '' });
    const message = wantsSocket
      ? `No sockets are served here. They are at ${path} (WS_PATH): set path: '${path}' in the client.`
      : `Cannot ${method} ${originalUrl}`;
    const { status, envelope } = failureOf(new NotFoundException(message))!;
    response.status(status).json(envelope);
  });
}
