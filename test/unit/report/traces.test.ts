import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Event, EventSink } from '../../../automation/report/events.ts';
import { failedEvents } from '../../../automation/report/failed.ts';
import { registerSecret } from '../../../automation/report/redacting.ts';
import { sinkFor, tracesFor } from '../../../automation/report/sink.ts';
import { otlpReceiver } from './otlp-receiver.ts';
import { at, rehearsalRun, upgradeRun } from './run.ts';

afterEach(() => vi.unstubAllEnvs());

/** The sink of a command in a process with these variables. */
async function open(variables: Record<string, string>) {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const warnings: string[] = [];
  const sink = await tracesFor({ env: variables, warn: (line) => warnings.push(line) });
  return { sink, warnings };
}

async function send(sink: EventSink, events: Event[]): Promise<void> {
  for (const event of events) sink(event);
  await sink.close?.();
}

async function traced(events: Event[], variables: Record<string, string> = {}) {
  const receiver = await otlpReceiver();
  const { sink, warnings } = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...variables });
  await send(sink, events);
  await receiver.stop();
  const named = (name: string) => receiver.spans.find((span) => span.name === name)!;
  return { ...receiver, warnings, named };
}

describe('a trace', () => {
  it('has the run, below it its steps, below those stack updates, gates and actions', async () => {
    const { spans, requests, warnings } = await traced(upgradeRun);
    const nameOf = (id: string) => spans.find(({ spanId }) => spanId === id)?.name ?? '';
    const tree = spans.map(({ name, parent, seconds }) => `${nameOf(parent)} / ${name} (${seconds} s)`).sort();
    expect(tree).toEqual([
      ' / kubezero upgrade (95 s)',
      'kubezero upgrade / logging-crds (0 s)',
      'kubezero upgrade / workers-drain (70 s)',
      'kubezero upgrade / workers-surge (23 s)',
      'workers-drain / drain Node old-1 (69 s)',
      'workers-surge / gate: all new workers joined (20 s)',
      'workers-surge / stack: demo-workers (3.2 s)',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(requests[0]).toMatchObject({ path: '/v1/traces', type: 'application/x-protobuf' });
    expect(warnings).toEqual([]);
  });

  it('says what each was about', async () => {
    const { named } = await traced(upgradeRun);
    expect(named('kubezero upgrade').attributes).toMatchObject({
      'kubezero.environment': 'demo',
      'kubezero.release.from': '1.21',
      'kubezero.release.to': '1.22',
      'kubezero.exit_code': 4,
    });
    expect(named('workers-surge').attributes).toMatchObject({
      'kubezero.step': 'workers-surge',
      'kubezero.step.passage': '8. Replace worker nodes',
      'kubezero.outcome': 'changed',
    });
    expect(named('stack: demo-workers').attributes).toMatchObject({
      'kubezero.stack': 'demo-workers',
      'kubezero.changes.update': 2,
      'kubezero.changes.same': 14,
    });
    expect(named('gate: all new workers joined').attributes['kubezero.gate.waits_for']).toBe('Node b: not Ready');
    expect(named('kubezero upgrade').resource['service.name']).toBe('kubezero');
  });

  it('marks what failed, with why', async () => {
    const fix = 'allow one disruption';
    const failure = failedEvents(
      [{ message: 'step workers-drain stopped', fix }],
      4,
      () => new Date(upgradeRun.at(-1)!.at),
    );
    const { named } = await traced([...upgradeRun, ...failure]);
    expect(named('workers-drain').error).toBe('a PodDisruptionBudget allows nothing');
    expect(named('workers-surge').error).toBeUndefined();
    expect(named('kubezero upgrade').error).toBe('step workers-drain stopped');
    expect(named('kubezero upgrade').events).toContainEqual({
      name: 'exception',
      attributes: { 'exception.message': 'step workers-drain stopped', 'kubezero.fix': fix },
    });
  });

  it('of a run that was cut off is sent all the same', async () => {
    const { named } = await traced(upgradeRun.slice(0, 10));
    expect(named('workers-surge').error).toBe('not finished');
    expect(named('kubezero upgrade').error).toBe('not finished');
  });

  it('of a preview with changes is no error', async () => {
    const { named } = await traced(
      at([
        [0, { type: 'run-started', version: 1, command: 'preview', environment: 'demo' }],
        [1, { type: 'run-finished', exit: 2, summary: 'changes' }],
      ]),
    );
    expect(named('kubezero preview').error).toBeUndefined();
    expect(named('kubezero preview').attributes['kubezero.exit_code']).toBe(2);
  });

  it('continues that of the pipeline, and takes the resource’s attributes from the environment', async () => {
    const { named } = await traced(upgradeRun, {
      TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=prod',
      OTEL_SERVICE_NAME: 'cluster-upgrades',
    });
    expect(named('kubezero upgrade')).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parent: 'b7ad6b7169203331',
      resource: { 'service.name': 'cluster-upgrades', 'deployment.environment': 'prod' },
    });
  });

  it('is handed on to what a step starts, whose own events make no second spans of it', async () => {
    const receiver = await otlpReceiver();
    const { sink } = await open({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces` });
    let handed: string | undefined;
    for (const event of rehearsalRun) {
      sink(event);
      if (event.type === 'step-started' && event.id === 'upgrade') handed = sink.forChildren?.().TRACEPARENT;
    }
    await sink.close?.();
    await receiver.stop();
    const step = receiver.spans.find(({ name }) => name === 'upgrade')!;
    expect(handed).toBe(`00-${step.traceId}-${step.spanId}-01`);
    const outer = new Set(['kubezero rehearse', 'sandbox', 'up', 'upgrade', 'verify']);
    expect(receiver.spans.map(({ name }) => name).filter((name) => !outer.has(name))).toEqual([]);
  });

  it('has no secret in it', async () => {
    registerSecret('s3cr3t-of-the-trace');
    const { spans, requests } = await traced(
      at([
        [0, { type: 'run-started', version: 1, command: 'up', environment: 'demo' }],
        [0, { type: 'warning', message: 'password is s3cr3t-of-the-trace' }],
        [1, { type: 'run-finished', exit: 4, summary: 'login as s3cr3t-of-the-trace refused' }],
      ]),
    );
    expect(spans).toHaveLength(1);
    expect(requests.some(({ body }) => body.includes('s3cr3t-of-the-trace'))).toBe(false);
  });
});

describe('a collector that doesn’t take it', () => {
  it('is said once, and fails nothing', async () => {
    const receiver = await otlpReceiver(400);
    const { sink, warnings } = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    await send(sink, upgradeRun);
    await receiver.stop();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^warning: the trace of this run was not delivered to 127\.0\.0\.1:\d+: /);
  });

  it.each([
    ['isn’t there', false],
    ['never answers', true],
  ])('because it %s, holds up the end by two seconds at most', async (_case, accepts) => {
    const silent = createServer();
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    const { port } = silent.address() as { port: number };
    if (!accepts) await new Promise((closed) => silent.close(closed));
    const { sink, warnings } = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    const started = performance.now();
    await send(sink, upgradeRun);
    expect(performance.now() - started).toBeLessThan(2_700);
    expect(warnings).toHaveLength(1);
    silent.close();
  });
});

describe('without an endpoint', () => {
  it.each([
    ['none is set', {}],
    ['tracing is switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }],
  ])('as %s, nothing is sent, said or loaded', async (_case, env) => {
    const warnings: string[] = [];
    const stdout = { write: () => true } as unknown as NodeJS.WritableStream;
    const sink = await sinkFor({
      tty: false,
      json: true,
      color: false,
      stdout,
      env,
      warn: (line) => warnings.push(line),
    });
    await send(sink, upgradeRun);
    expect(sink.forChildren?.()).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});
