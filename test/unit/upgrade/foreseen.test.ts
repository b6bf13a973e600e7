import { expect, it } from 'vitest';
import type { StackOutputs } from '../../../automation/engine/stacks.ts';
import { ForeseenStacks } from '../../../automation/upgrade/foreseen.ts';
import type { Environment } from '../../../environment/environment.ts';

const present = {
  outputs: async (layer: string) => (layer === 'workers' ? { release: '1.21', surge: false, groups: {} } : undefined),
} as unknown as StackOutputs;
const foreseen = () => new ForeseenStacks({ name: 'demo' } as Environment, present);

it('stacks as steps lead to have what those bring, and what is deployed otherwise', async () => {
  const stacks = foreseen();
  expect(await stacks.deployed('workers')).toEqual({ release: '1.21', surge: false, groups: {} });
  stacks.reach({ layer: 'workers', desired: { release: '1.22', surge: true } });
  expect(await stacks.deployed('workers')).toEqual({ release: '1.22', surge: true, groups: {} });
  await expect(stacks.deployed('controllers')).rejects.toThrow(/demo-controllers isn't deployed yet/);
});

it('nobody can change the real ones through them', () => {
  for (const change of ['up', 'destroy', 'unprotect', 'preview']) expect(foreseen()).not.toHaveProperty(change);
});
