import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number; boolValue?: boolean };
}

interface ExportedTraces {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<TracedSpan, 'attributes' | 'instance'> & { attributes: Attribute[] })[];
    }[];
  }[];
}

export interface TracedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  links?: { traceId: string; spanId: string }[];
  attributes: Record<string, string | number | boolean | undefined>;
  /** Which process it was, by `service.instance.id`. */
  instance: string;
}

/** Stands for a collector: takes spans by OTLP over HTTP as JSON and remembers them. */
export class OtlpReceiver {
  readonly spans: TracedSpan[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      text(request).then(
        (body) => {
          this.take(JSON.parse(body) as ExportedTraces);
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        },
        () => undefined,
      );
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  ofTrace(traceId: string): TracedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private take({ resourceSpans }: ExportedTraces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const instance = String(valuesOf(resource.attributes)['service.instance.id']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({ ...span, attributes: valuesOf(span.attributes), instance });
    }
  }
}

function valuesOf(attributes: readonly Attribute[]): TracedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.boolValue,
    ]),
  );
}
