import { describe, expect, it } from 'vitest';
import type { RefusedKey } from '../../../modules/definition.ts';
import { isRefused, refusedValues } from '../../../modules/refused.ts';

const refused: RefusedKey[] = [
  { key: 'chart.installCRDs', why: 'is not needed: definitions are applied first.' },
  { key: 'es.nodeSets.*.config', why: 'is written by KubeZero.' },
  { key: 'proxy', why: 'is always on.', since: '1.22' },
];
const found = (values: unknown, release: '1.21' | '1.22' = '1.22') =>
  refusedValues(refused, values, { id: release }).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('refused keys', () => {
  it('are answered with the reason, also in trees that go to an upstream chart', () => {
    expect(found({ chart: { other: 1, installCRDs: { any: 'thing' } } })).toEqual([
      'chart.installCRDs: "chart.installCRDs" is not needed: definitions are applied first.',
    ]);
  });

  it('may be those of every entry of a list', () => {
    const nodeSets = [{ name: 'a' }, { name: 'b', config: {} }];
    expect(found({ es: { nodeSets } })).toEqual([
      'es.nodeSets.1.config: "es.nodeSets.1.config" is written by KubeZero.',
    ]);
  });

  it('are right in releases that have them, and where they have no value', () => {
    expect(found({ proxy: true }, '1.21')).toEqual([]);
    expect(found({ proxy: true }, '1.22')).toHaveLength(1);
    expect(found({ proxy: null, chart: null })).toEqual([]);
  });

  it('take the place of what the schema says about them', () => {
    const path = ['es', 'nodeSets'];
    expect(isRefused({ path: ['es', 'nodeSets', 'x'], message: '' }, path)).toBe(true);
    expect(isRefused({ path: ['es'], key: 'es', message: 'unknown key "es"' }, path)).toBe(true);
    expect(isRefused({ path: ['es'], message: 'expected a mapping' }, path)).toBe(false);
    expect(isRefused({ path: ['es', 'other'], key: 'other', message: '' }, path)).toBe(false);
  });
});
