import { describe, expect, it } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import { basisOf } from '../../../automation/plan/basis.ts';
import { change, workers } from './plans.ts';

const network = (outputs: string[], changes = [change()]): StackPlan =>
  workers(changes, { stack: 'demo-network', layer: 'network', outputs: outputs.map((name) => ({ name })) });
const reads = (...outputs: string[]) => new Map([['demo-network', new Set(outputs)]]);

describe('what a preview was computed from', () => {
  it('is live where nothing that the stack reads is about to change', () => {
    expect(basisOf(reads('vpcId'), [network([], [])])).toEqual({ kind: 'live' });
    expect(basisOf(new Map(), [network(['vpcId'])])).toEqual({ kind: 'live' });
  });

  it('names the outputs that will change and that the stack reads', () => {
    const changing = network(['privateSubnetIds.eu-central-1a', 'privateSubnetIds["x.y"]', 'vpcId', 'cidr']);
    expect(basisOf(reads('privateSubnetIds', 'vpcId', 'kmsKeyArn'), [changing])).toEqual({
      kind: 'upstream-pending',
      upstream: [{ stack: 'demo-network', outputs: ['privateSubnetIds', 'vpcId'] }],
    });
  });

  it('says so where the changes leave what the stack reads as it is', () => {
    expect(basisOf(reads('kmsKeyArn'), [network(['cidr'])])).toEqual({
      kind: 'upstream-pending',
      upstream: [{ stack: 'demo-network', outputs: [] }],
    });
  });
});
