import { type Context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Event, EventSink } from './events.ts';
import { SpanTree } from './span-tree.ts';

/** An unreachable collector holds up the end of a run for no longer than this. */
const patienceMilliseconds = 2_000;

export interface TraceOptions {
  env: NodeJS.ProcessEnv;
  /** Writes a line to stderr. */
  warn: (line: string) => void;
}

/**
 * Makes a trace of a run's events and sends it to the OTLP endpoint of the usual OTEL_* variables (http/protobuf): a span
 * for the run, below it one for each step, below that those of its stack updates, gates and actions. Continues the trace
 * in TRACEPARENT. A collector that can't be reached fails no run: the end waits two seconds for it at most and says so once.
 *
 * The provider is this sink's own and never registered: Pulumi brings tracing of its own, which stays as it is.
 */
export function traceSink({ env, warn }: TraceOptions): EventSink {
  let failure: string | undefined;
  const exporter = watched(new OTLPTraceExporter({ timeoutMillis: patienceMilliseconds }), (error) => {
    failure ??= error?.message || 'no answer';
  });
  const provider = new BasicTracerProvider({
    resource: new Resource({ 'service.name': 'kubezero' }).merge(envDetectorSync.detect() as Resource),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('kubezero');
  const tree = new SpanTree(
    (name, start, parent) => tracer.startSpan(name, { startTime: start, kind: SpanKind.INTERNAL }, parent),
    parentOf(env),
  );
  const sink: EventSink = (event: Event) => tree.take(event);
  sink.forChildren = (): Record<string, string> => {
    const span = tree.current;
    return span ? { TRACEPARENT: traceparentOf(span) } : {};
  };
  sink.close = async () => {
    tree.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patienceMilliseconds, 'late');
    });
    const flushed = provider.forceFlush().catch((error: unknown) => {
      failure ??= messageOf(error);
    });
    if ((await Promise.race([flushed, late])) === 'late')
      failure ??= `no answer within ${patienceMilliseconds / 1000} s`;
    clearTimeout(timer);
    // Not awaited: it would wait for what is being sent again.
    void provider.shutdown().catch(() => undefined);
    if (failure !== undefined)
      warn(`warning: the trace of this run was not delivered to ${endpointOf(env)}: ${failure}`);
  };
  return sink;
}

/** What TRACEPARENT names, as a pipeline sets it; else this run is a trace of its own. */
function parentOf({ TRACEPARENT }: NodeJS.ProcessEnv): Context {
  const parent = TRACEPARENT ? parseTraceParent(TRACEPARENT) : null;
  return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Without what may be a secret in it. */
function endpointOf(env: NodeJS.ProcessEnv): string {
  const given = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT || '';
  try {
    return new URL(given).host || given;
  } catch {
    return given;
  }
}

function watched(inner: SpanExporter, onFailure: (error: Error | undefined) => void): SpanExporter {
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) =>
      inner.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) onFailure(result.error);
        done(result);
      }),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => inner.shutdown(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
