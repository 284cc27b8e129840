import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { metricsConfig, type ConfigType } from '#libs/config';
import { Log, Metrics } from '#libs/observability';
import { PubSubProbe } from '#libs/redis';
import { listenFailure } from './listen-failure.js';

const TIMEOUT_MS = 10_000;

/**
 * Serves /metrics on a port of its own, so that no client of the service can reach it. Without
 * METRICS_PORT there is neither the port nor what only metrics need.
 */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;
  /** Requests that come while an answer is written get the same one. */
  private writing: Promise<string> | undefined;

  constructor(
    @Inject(metricsConfig.KEY) private readonly settings: ConfigType<typeof metricsConfig>,
    private readonly metrics: Metrics,
    private readonly probe: PubSubProbe,
    private readonly log: Log,
  ) {}

  /** Undefined where metrics are not served. */
  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws Error when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { port, host } = this.settings;
    if (port === undefined) return;
    this.metrics.includeProcess();
    this.probe.start();
    const server = createServer((request, response) => {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
        response.writeHead(404).end('Metrics are at GET /metrics.\n');
        return;
      }
      this.text().then(
        (text) => response.writeHead(200, { 'content-type': this.metrics.contentType }).end(text),
        (error: unknown) => {
          this.log.error({ err: error }, 'metrics cannot be written');
          response.writeHead(500).end();
        },
      );
    });
    server.requestTimeout = TIMEOUT_MS;
    this.server = server;
    server.listen(port, host);
    await once(server, 'listening').catch((error: unknown) => {
      const variables = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
      throw listenFailure(error, { host, port, variables });
    });
    this.log.info({ port: this.port }, 'metrics are served');
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private text(): Promise<string> {
    this.writing ??= this.metrics.text().finally(() => (this.writing = undefined));
    return this.writing;
  }
}
