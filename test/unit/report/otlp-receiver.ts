import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

interface Value {
  stringValue?: string;
  intValue?: number;
  boolValue?: boolean;
  doubleValue?: number;
}
interface Attribute {
  key: string;
  value: Value;
}

/** A span as a collector sees it. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parent: string;
  seconds: number;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  /** Reason of a span whose status is Error. */
  error?: string;
  resource: Record<string, unknown>;
}

/** A collector: takes OTLP over HTTP as protobuf. */
export async function otlpReceiver(answer = 200) {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; type: string; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    requests.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body: plain });
    if (answer === 200) spans.push(...decode(plain));
    response.writeHead(answer).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests, stop };
}

// The exporter's own definition of the message, which it ships in a file of its own.
const { opentelemetry } = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root');
const message = opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

function decode(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = message.toObject(message.decode(body), { longs: Number, bytes: Buffer, defaults: true });
  // biome-ignore lint/suspicious/noExplicitAny: the generated code has no types for what it decodes
  return resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    scopeSpans.flatMap(({ spans }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above
      spans.map((span: any) => ({
        name: span.name,
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parent: span.parentSpanId.toString('hex'),
        seconds: Math.round((span.endTimeUnixNano - span.startTimeUnixNano) / 1e8) / 10,
        attributes: record(span.attributes),
        // biome-ignore lint/suspicious/noExplicitAny: as above
        events: span.events.map(({ name, attributes }: any) => ({ name, attributes: record(attributes) })),
        ...(span.status?.code === 2 ? { error: span.status.message } : {}),
        resource: record(resource.attributes),
      })),
    ),
  );
}

function record(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue || value.intValue || value.doubleValue || value.boolValue || (value.stringValue ?? 0),
    ]),
  );
}
