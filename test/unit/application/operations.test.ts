import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { valuesEdits } from '../../../application/migration/edits.ts';
import { applyEdits, Layout } from '../../../application/migration/layout.ts';
import { rewriteTree } from '../../../application/migration/tree.ts';
import { migrateValues } from '../../../application/migration/values.ts';
import type { MigrationOperation } from '../../../releases/migration.ts';

const migration: MigrationOperation[] = [
  {
    kind: 'move',
    from: 'queue.broker',
    to: 'broker',
    keep: { hosts: 'as-it-is', ports: { below: 'service', without: { key: 'name', of: ['web'] } } },
    set: { enabled: true },
    leftOut: { color: () => 'is gone for good' },
  },
  { kind: 'delete', path: 'old', warn: (value) => [`old was ${value}`] },
];
const id = '1.22';

const before = `# ours
queue: # all of it
  # the broker
  broker:
    hosts: [a,   b] # two
    ports:
    - name: web
    # mail
    - name: smtp
    color: blue
  enabled: true
old: 1
`;
const after = {
  queue: { enabled: true },
  broker: { enabled: true, hosts: ['a', 'b'], service: { ports: [{ name: 'smtp' }] } },
};

describe('operations of a release', () => {
  it('are done on data, with what the operator should know', () => {
    expect(migrateValues(parseDocument(before).toJS(), { id, migration })).toEqual({
      values: after,
      changes: ['queue.broker is now broker', 'old removed'],
      warnings: ['queue.broker.color is gone for good', 'old was 1'],
    });
  });

  it('are done on the text, whose comments and spacing stay', () => {
    const layout = new Layout(before);
    const text = applyEdits(layout.lines, valuesEdits(layout, keptTokens(before), migration)).join('\n');
    expect(text).toBe(`# ours
queue: # all of it
  enabled: true
# the broker
broker:
  enabled: true
  hosts: [a,   b] # two
  service:
    ports:
    # mail
    - name: smtp
`);
  });

  it('may set a key, and only warn', () => {
    const setting: MigrationOperation[] = [
      { kind: 'set', path: 'queue.size', value: ({ old }) => (old === undefined ? undefined : `${old}Gi`) },
      { kind: 'warn', warn: ({ queue }) => [`the queue is ${JSON.stringify(queue)}`] },
      { kind: 'set', path: 'nothing.there', value: () => 1 },
    ];
    expect(migrateValues({ old: 4, queue: {} }, { id, migration: setting })).toEqual({
      values: { old: 4, queue: { size: '4Gi' } },
      changes: ['queue.size is now "4Gi"'],
      warnings: ['the queue is {"size":"4Gi"}'],
    });
    expect(migrateValues({ queue: {} }, { id, migration: setting }).changes).toEqual([]);
  });

  it('that lines don’t do are written into the tree, whose comments stay where nothing changes', () => {
    const document = parseDocument('# ours\na: {b: 1, c: "x"} # one\nd: 2\n');
    rewriteTree(document, { a: { c: 'x', e: [3] }, f: 4 });
    expect(document.toString()).toBe('# ours\na: { c: "x", e: [ 3 ] } # one\nf: 4\n');
  });
});

function keptTokens(text: string) {
  return parseDocument(text, { keepSourceTokens: true });
}
