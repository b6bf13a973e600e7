import type { EngineEvent } from '@pulumi/pulumi/automation/events.js';
import { describe, expect, it } from 'vitest';
import { PlanBuilder } from '../../../automation/engine/changes/builder.ts';

const type = 'kubernetes:apps/v1:Deployment';

/** What a refresh makes of a Deployment whose inputs are as they were, with these pods before and after. */
function changeOf(before: object, after: object, step: object = { op: 'same' }) {
  const builder = new PlanBuilder('demo-modules', 'modules', { refresh: true });
  const state = (spec: object) => ({ inputs: { spec: {} }, outputs: { spec: { template: { spec } } } });
  const urn = `urn:pulumi:demo-modules::kubezero::${type}::Deployment/a/b`;
  const metadata = { urn, type, provider: '', old: state(before), new: state(after), ...step };
  builder.add({ sequence: 0, timestamp: 0, resOutputsEvent: { metadata } } as unknown as EngineEvent);
  return builder.plan().changes[0];
}

const pod = { containers: [{ name: 'main', image: 'a:1' }], serviceAccountName: 'main' };

describe('pods that somebody has added something to', () => {
  it.each<[string, object, string[], string[]]>([
    ['nothing', pod, [], []],
    [
      'the network of the machine',
      { ...pod, hostNetwork: true },
      ['spec.template.spec.hostNetwork'],
      ['network of the machine'],
    ],
    [
      'a container',
      {
        ...pod,
        containers: [...pod.containers, { name: 'miner', image: 'b:1', securityContext: { privileged: true } }],
      },
      ['spec.template.spec.containers[1]'],
      ['privileged container'],
    ],
    [
      'a directory of the machine',
      { ...pod, volumes: [{ name: 'root', hostPath: { path: '/' } }] },
      ['spec.template.spec.volumes[0]'],
      ['directory of the machine: /'],
    ],
    [
      'a command',
      { ...pod, containers: [{ name: 'main', image: 'a:1', command: ['sleep'] }] },
      ['spec.template.spec.containers[0].command'],
      [],
    ],
    [
      'defaults of a later API server',
      { ...pod, containers: [{ ...pod.containers[0], newDefault: 1 }], securityContext: {} },
      [],
      [],
    ],
  ])('%s', (_, after, properties, security) => {
    const change = changeOf(pod, after);
    expect(change?.properties ?? []).toEqual(properties);
    expect(change?.security ?? []).toEqual(security);
  });

  it('are shown beside what the provider sees', () => {
    const image = { 'spec.template.spec.containers[0].image': { diffKind: 'update', inputDiff: false } };
    const after = { ...pod, hostPID: true, containers: [{ name: 'main', image: 'a:2' }] };
    expect(changeOf(pod, after, { op: 'update', detailedDiff: image })?.diffs.map(({ path }) => path)).toEqual([
      'spec.template.spec.containers[0].image',
      'spec.template.spec.hostPID',
    ]);
  });
});
