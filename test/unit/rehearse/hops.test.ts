import { describe, expect, it, vi } from 'vitest';
import { hopsBetween } from '../../../automation/operations/rehearse/hops.ts';

vi.mock('../../../releases/known.ts', async (original) => {
  const { known } = await original<typeof import('../../../releases/known.ts')>();
  return { known: { ...known, '1.23': { ...known['1.22'], id: '1.23' } } };
});

const hops = (from: string, to?: string) =>
  hopsBetween('demo', from, to, 'application.yaml').map((hop) => `${hop.from} to ${hop.to}`);

describe('the upgrades of a rehearsal', () => {
  it('lead to the next release, or through every one up to the one that is asked for', () => {
    expect(hops('1.21')).toEqual(['1.21 to 1.22']);
    expect(hops('1.21', '1.23')).toEqual(['1.21 to 1.22', '1.22 to 1.23']);
  });

  it('are refused where there is no way', () => {
    for (const to of [undefined, '1.22', '1.23'])
      expect(() => hops('1.23', to)).toThrow('demo is at KubeZero 1.23, there is no release to upgrade to');
    expect(() => hops('1.22', '1.22')).toThrow('no upgrade leads from there to 1.22');
    expect(() => hops('1.22', '1.21')).toThrow('no upgrade leads from there to 1.21');
  });
});
