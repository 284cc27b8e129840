import { type IncomingMessage } from 'node:http';
import { ValidationPipe } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { type Request, type Response } from 'express';
import helmet from 'helmet';
import { type ConfigType, type httpConfig } from '#libs/config';
import { Tracing } from '#libs/observability';
import { OriginPolicy } from '../http/origin-policy.js';
import { API_KEY_SCHEME } from './access.js';
import { AddressRate, refuseFloods } from './address-rate.js';
import { RefusedCallers } from './refused-callers.js';
import {
  refuseBrokenBody,
  refuseBrokenPath,
  refuseDeepBody,
  refuseUnreadBody,
} from './body-checks.js';
import { followRequests } from './follow-requests.js';

export const BODY_LIMIT = '64kb';
export const API_PREFIX = 'api';

/** Everything that REST needs beyond RestModule; before `app.init()` and `app.listen()`. */
export function setUpRest(
  app: NestExpressApplication,
  settings: ConfigType<typeof httpConfig>,
): void {
  const { corsOrigins, trustProxyHops } = settings;
  app.set('trust proxy', trustProxyHops);
  app.disable('x-powered-by');
  app.use(followRequests(app.get(Tracing)));
  app.use(
    helmet({
      // Upgrading would break the description page wherever TLS ends at a proxy or is not used.
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    }),
  );
  const anyOrigin = corsOrigins.includes('*');
  const origins = new OriginPolicy(corsOrigins, trustProxyHops);
  app.enableCors((request: IncomingMessage, done: (error: null, options: object) => void) => {
    done(null, {
      origin: anyOrigin ? '*' : [request.headers.origin].filter(() => origins.allows(request)),
      // The refresh cookie crosses origins only to those that are named.
      credentials: !anyOrigin,
      exposedHeaders: ['Retry-After'],
      maxAge: 600,
    });
  });
  // Behind CORS, so that pages can read the refusal; ahead of everything that costs more than this.
  const rate = app.get(AddressRate, { strict: false });
  app.use(refuseFloods(rate, app.get(RefusedCallers, { strict: false })));
  app.use(refuseBrokenPath);
  app.use(refuseUnreadBody);
  app.useBodyParser('json', { limit: BODY_LIMIT });
  app.useBodyParser('urlencoded', { limit: BODY_LIMIT, extended: false });
  app.use(refuseBrokenBody);
  app.use(refuseDeepBody);
  // Load balancers ask at the root.
  app.setGlobalPrefix(API_PREFIX, { exclude: ['health/live', 'health/ready', 'health/startup'] });
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      // Or an array as body would pass unchecked.
      forbidUnknownValues: true,
      transform: true,
      validationError: { target: false, value: false },
    }),
  );
  setUpOpenApi(app);
}

const DESCRIPTION =
  'REST side of the realtime service. The events of the sockets are in PROTOCOL.md. Every answer ' +
  'is an envelope; decide by `error.reason`, and send again only what is `retryable`.';

/** Serves the description at /api/docs, as JSON at /api/docs-json. */
export function setUpOpenApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Ridewire')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key' }, API_KEY_SCHEME)
    .addCookieAuth('refreshToken')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  // Written once: for each who asks it would take many milliseconds.
  const json = Buffer.from(JSON.stringify(document));
  app.use('/api/docs-json', (_request: Request, response: Response) => {
    response.type('json').send(json);
  });
  SwaggerModule.setup('api/docs', app, document, { raw: [] });
  return document;
}
