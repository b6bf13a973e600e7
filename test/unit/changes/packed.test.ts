import { describe, expect, it } from 'vitest';
import { crdType, packCrd } from '../../../modules/crds/index.ts';
import type { KubernetesObject } from '../../../modules/definition.ts';
import { planOf, type Step, starts } from './steps.ts';

const name = 'CustomResourceDefinition/kibanas.kibana.k8s.elastic.co';
const builtIn = 'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition';

function kibana(served: boolean): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'kibanas.kibana.k8s.elastic.co' },
    spec: { group: 'kibana.k8s.elastic.co', versions: [{ name: 'v1', served, storage: true }] },
  };
}

const inState = (crd: KubernetesObject) => ({ inputs: { ...packCrd(crd) }, outputs: { uid: 'uid-1' } });

function changeOf(op: string, step: Step) {
  const [change] = planOf(starts(op, crdType, name, step)).changes;
  return change!;
}

describe('a custom resource definition, which the stack’s state has packed', () => {
  it('is shown field by field, as the object that it is', () => {
    const change = changeOf('update', {
      old: inState(kibana(true)),
      new: inState(kibana(false)),
      diffs: ['digest'],
    });
    expect(change).toMatchObject({ operation: 'update', type: builtIn, name, properties: ['spec.versions[0].served'] });
    expect(change.diffs).toEqual([
      {
        path: 'spec.versions[0].served',
        kind: 'update',
        replaces: false,
        before: { state: 'known', value: true },
        after: { state: 'known', value: false },
      },
    ]);
  });

  it('is guarded like any: its objects would go with it', () => {
    expect(changeOf('delete', { old: { ...inState(kibana(true)), retainOnDelete: false } }).guard?.kind).toBe(
      'custom resource definition',
    );
  });

  it('of a state that has it unpacked only moves, where nothing else changes', () => {
    const former = `urn:pulumi:demo-modules::kubezero::kubezero:modules:Crds$${builtIn}::${name}`;
    const old = { urn: former, type: builtIn, inputs: { ...kibana(true) }, outputs: { ...kibana(true) } };
    const moved = changeOf('update', { old, new: inState(kibana(true)), diffs: ['packed'] });
    expect(moved).toMatchObject({ operation: 'move', properties: [], diffs: [], formerUrn: former });
    const changed = changeOf('update', { old, new: inState(kibana(false)), diffs: ['packed'] });
    expect(changed).toMatchObject({ operation: 'update', properties: ['spec.versions[0].served'], formerUrn: former });
  });
});
