import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';
import { repositoryRoot } from '../../../repository/root.ts';

const parameter = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  description: z.string().optional(),
});
const variable = z.strictObject({ name: z.string(), value: z.string() });
const artifact = z.strictObject({
  name: z.string(),
  path: z.string(),
  optional: z.boolean().optional(),
  git: z
    .strictObject({
      repo: z.string(),
      revision: z.string(),
      sshPrivateKeySecret: z.strictObject({ name: z.string(), key: z.string() }),
    })
    .optional(),
});
const step = z.strictObject({
  name: z.string(),
  template: z.string(),
  arguments: z.strictObject({ parameters: z.array(parameter) }).optional(),
});
const template = z.strictObject({
  name: z.string(),
  steps: z.array(z.array(step)).optional(),
  suspend: z.strictObject({}).optional(),
  inputs: z
    .strictObject({ parameters: z.array(parameter).optional(), artifacts: z.array(artifact).optional() })
    .optional(),
  outputs: z.strictObject({ artifacts: z.array(artifact) }).optional(),
  retryStrategy: z.strictObject({ retryPolicy: z.enum(['OnError']), limit: z.string() }).optional(),
  podSpecPatch: z.string().optional(),
  container: z
    .strictObject({
      image: z.string(),
      workingDir: z.string(),
      env: z.array(variable),
      volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean() })),
      command: z.array(z.string()),
      args: z.array(z.string()),
    })
    .optional(),
  volumes: z
    .array(
      z.strictObject({ name: z.string(), secret: z.strictObject({ secretName: z.string(), defaultMode: z.int() }) }),
    )
    .optional(),
});

/** The fields of Argo Workflows' WorkflowTemplate that are used, by their names in its API. */
const workflowTemplate = z.strictObject({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('WorkflowTemplate'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    entrypoint: z.string(),
    serviceAccountName: z.string(),
    arguments: z.strictObject({ parameters: z.array(parameter) }),
    synchronization: z.strictObject({ mutexes: z.array(z.strictObject({ name: z.string() })) }),
    activeDeadlineSeconds: z.int(),
    ttlStrategy: z.strictObject({ secondsAfterCompletion: z.int() }),
    podGC: z.strictObject({ strategy: z.literal('OnPodSuccess') }),
    templates: z.array(template),
  }),
});

const text = readFileSync(join(repositoryRoot, 'pipelines', 'argo-workflows', 'upgrade.yaml'), 'utf8');
const { spec } = workflowTemplate.parse(parse(text));
const named = (name: string) => spec.templates.find((candidate) => candidate.name === name);
const steps = (named('upgrade')?.steps ?? []).flat();
const runs = steps.filter(({ template: name }) => name === 'run');

describe('the upgrade as an Argo Workflow', () => {
  it('starts at a template that there is, and uses no other', () => {
    expect(named(spec.entrypoint)).toBeDefined();
    for (const { template: name } of steps) expect(named(name)).toBeDefined();
  });

  it('names no parameter that there isn’t, and hands over each that is asked for', () => {
    const global = spec.arguments.parameters.map(({ name }) => name);
    for (const [, name] of text.matchAll(/\{\{workflow\.parameters\.([\w-]+)\}\}/g)) expect(global).toContain(name);
    for (const { arguments: given } of runs)
      expect(given?.parameters.map(({ name }) => name)).toEqual(
        named('run')?.inputs?.parameters?.map(({ name }) => name),
      );
  });

  it('goes step by step, with an approval before each part', () => {
    expect(named('upgrade')?.steps?.every((group) => group.length === 1)).toBe(true);
    expect(steps.map(({ name }) => name)).toEqual([
      'plan',
      'approve-control-plane',
      'control-plane',
      'approve-modules',
      'modules',
      'approve-workers',
      'workers-surge',
      'approve-drain',
      'workers-drain',
      'the-rest',
    ]);
    expect(named('approve')).toEqual({ name: 'approve', suspend: {} });
  });

  it('names steps of the upgrade, in its order', () => {
    const order = upgrade.steps.map(({ id }) => id);
    const positions = runs
      .flatMap(({ arguments: given }) => given?.parameters[0]?.value?.split(' ').filter(Boolean).slice(1) ?? [])
      .map((id) => order.indexOf(id));
    expect(positions).toHaveLength(4);
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('is one of its environment at a time', () => {
    expect(spec.synchronization.mutexes).toEqual([{ name: 'kubezero-{{workflow.parameters.environment}}' }]);
  });

  it('writes no parameter into a script', () => {
    for (const { container } of spec.templates) expect(container?.args.join() ?? '').not.toContain('{{');
  });

  describe('its scripts', () => {
    let place: string;
    beforeAll(() => {
      place = mkdtempSync(join(tmpdir(), 'kubezero-argo-'));
      mkdirSync(join(place, 'bin'));
      writeFileSync(join(place, 'bin', 'kubezero'), '#!/bin/bash\nprintf "[%s]" "$@"\nexit "$CODE"\n');
      chmodSync(join(place, 'bin', 'kubezero'), 0o755);
    });
    afterAll(() => rmSync(place, { recursive: true, force: true }));

    const run = (name: string, env: Record<string, string>) => {
      const { command = [], args = [] } = named(name)?.container ?? {};
      const [program = '', ...options] = command;
      const script = args.map((line) => line.replaceAll('/results', join(place, 'results')));
      const { status, stdout } = spawnSync(program, [...options, ...script], {
        encoding: 'utf8',
        env: { PATH: `${join(place, 'bin')}:${process.env.PATH}`, ENVIRONMENT: 'demo', CODE: '0', ...env },
      });
      return { status, stdout: stdout.replaceAll(place, '') };
    };

    it('run the part that they are given, and no more than arguments can come of it', () => {
      expect(run('run', { ARGUMENTS: '--until gitops $(touch' })).toEqual({
        status: 0,
        stdout: '[upgrade][demo][--yes][--report][/results][--until][gitops][$(touch]',
      });
      expect(run('run', { ARGUMENTS: '', CODE: '8' })).toEqual({
        status: 8,
        stdout: '[upgrade][demo][--yes][--report][/results]',
      });
    });

    it('plan, and fail unless it is changes or nothing', () => {
      expect(run('plan', { CODE: '2' }).status).toBe(0);
      expect(run('plan', { CODE: '0' }).status).toBe(0);
      expect(run('plan', { CODE: '7' }).status).toBe(7);
    });
  });
});
