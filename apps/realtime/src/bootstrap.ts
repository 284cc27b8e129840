import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { OlderInstances } from '#libs/accounts';
import {
  httpConfig,
  mapConfig,
  pagesConfig,
  socketsConfig,
  type ConfigType,
  type Environment,
} from '#libs/config';
import { InstanceBoard, InstanceDirectory } from '#libs/instances';
import { Log, NestLogger, buildInfo, type StructuredLogger } from '#libs/observability';
import { RedisConnections } from '#libs/redis';
import { AppModule } from './app.module.js';
import { listenFailure } from './http/listen-failure.js';
import { setHttpTimeouts } from './http/http-timeouts.js';
import { servePages } from './pages/serve-pages.js';
import { setUpRest } from './rest/set-up-rest.js';
import { answerSocketsBelowApi, answerUnknownRoutes } from './rest/unknown-route.js';
import { Admission } from './socket/connection/admission.js';
import { PressureWatch } from './socket/connection/pressure-watch.js';
import { reportFastLanes } from './socket/engine/fast-lanes.js';
import { RealtimeAdapter } from './socket/engine/realtime.adapter.js';
import { advertisedHost } from './socket/forwarding/advertised-host.js';
import { OwnFigures } from './rest/system/own-figures.js';

const REDIS_WAIT_MS = 15_000;

/**
 * Connections that the kernel keeps until the process takes them, so that thousands of clients who
 * come back at once are not turned away; `net.core.somaxconn` bounds it. Node's own default is 511.
 */
const LISTEN_BACKLOG = 4_096;

/** Builds one instance, ready to listen. Tests start theirs with this, too, some with gateways of their own. */
export async function bootstrap(
  environment: Environment,
  extraModules: readonly Type[] = [],
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(environment, extraModules),
    {
      bufferLogs: true,
      abortOnError: false,
      bodyParser: false,
    },
  );
  try {
    app.useLogger(new NestLogger(app.get(Log) as StructuredLogger));
    await app.get(RedisConnections).waitUntilReady(REDIS_WAIT_MS);
    await app.get(OlderInstances, { strict: false }).awaitEnd();
    const httpSettings = app.get<ConfigType<typeof httpConfig>>(httpConfig.KEY);
    const socketSettings = app.get<ConfigType<typeof socketsConfig>>(socketsConfig.KEY);
    setUpRest(app, httpSettings);
    answerSocketsBelowApi(app, socketSettings);
    setHttpTimeouts(app.getHttpServer() as Server, {
      keepAliveMs: httpSettings.keepAliveMs,
      longestPollMs: socketSettings.pingIntervalMs + socketSettings.pingTimeoutMs,
    });
    await reportFastLanes(app.get(Log));
    const adapter = new RealtimeAdapter(app);
    app.useWebSocketAdapter(adapter);
    await app.init();
    adapter.discoverGateways();
    const pages = app.get<ConfigType<typeof pagesConfig>>(pagesConfig.KEY);
    const map = app.get<ConfigType<typeof mapConfig>>(mapConfig.KEY);
    if (!servePages(app, pages, map) && pages.directory !== '')
      app
        .get(Log)
        .info(
          pages,
          'the page of dispatchers is not served: it is not built there (DASHBOARD_DIR)',
        );
    answerUnknownRoutes(app, socketSettings);
    return app;
  } catch (error) {
    app.get(RedisConnections).onApplicationShutdown();
    throw error;
  }
}

/** Starts to listen, and registers the address at which other instances forward requests to this one. */
export async function listen(app: NestExpressApplication): Promise<string> {
  const settings = app.get<ConfigType<typeof httpConfig>>(httpConfig.KEY);
  const { port, host, internalHost, internalPort } = settings;
  // Nest passes the backlog on to Node, but its types do not have it.
  await Reflect.apply(app.listen, app, [port, host, LISTEN_BACKLOG]).catch((error: unknown) => {
    throw listenFailure(error, { host, port, variables: { host: 'HOST', port: 'PORT' } });
  });
  const listening = (app.getHttpServer() as Server).address() as AddressInfo;
  const directory = app.get(InstanceDirectory, { strict: false });
  const address = {
    host: internalHost ?? advertisedHost(host, networkInterfaces()),
    port: internalPort || listening.port,
  };
  await directory.join(address.host, address.port);
  const admission = app.get(Admission, { strict: false });
  const pressure = app.get(PressureWatch, { strict: false });
  const figures = app.get(OwnFigures, { strict: false });
  const { version } = buildInfo();
  const startedAt = new Date().toISOString();
  await app.get(InstanceBoard, { strict: false }).start({
    status: () => ({
      id: directory.id,
      ...address,
      version,
      startedAt,
      connections: admission.size,
      draining: admission.isDraining,
      pressure: pressure.reason ?? null,
      figures: figures.now(),
    }),
    sample: () => figures.sinceLast(),
  });
  return app.getUrl();
}
