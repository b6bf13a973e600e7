import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { code, prose, table } from '../../documentation/markdown.ts';
import { pages, undescribed } from '../../documentation/pages.ts';
import { keysAcrossReleases } from '../../documentation/schema-keys.ts';
import { passthrough, section } from '../../modules/schema.ts';
import { releases } from '../../releases/index.ts';
import { repositoryRoot } from '../../repository/root.ts';

const all = Object.values(releases);

describe('the pages made from the code', () => {
  it('have something to say about every key of application.yaml', () => {
    expect(undescribed(), 'give each a `.describe(...)` in the schema of its module').toEqual([]);
  });

  it('are current', () => {
    const made = pages();
    const differing = [...made].filter(([path, text]) => committed(path) !== text).map(([path]) => path);
    expect(differing, 'run `npm run docs`').toEqual([]);
    const folder = readdirSync(join(repositoryRoot, 'docs/modules')).map((name) => `docs/modules/${name}`);
    expect(folder.filter((path) => !made.has(path))).toEqual([]);
  });

  it('link to each other', () => {
    const made = pages();
    const broken = [...made].flatMap(([path, text]) =>
      [...text.matchAll(/\]\(([^)#]+\.md)\)/g)]
        .map(([, target]) => join(path, '..', target!))
        .filter((target) => !made.has(target)),
    );
    expect(broken).toEqual([]);
  });
});

describe('keys', () => {
  const keys = (schema: z.ZodType<Record<string, unknown>>) =>
    keysAcrossReleases(() => schema, all).map(({ path, type, default: value, required }) => [
      path,
      type,
      required ? 'required' : value,
    ]);

  it('are listed with what is below them, their types and their defaults', () => {
    const schema = section({
      hosts: z.array(section({ name: z.string(), port: z.int().default(80) })).default([]),
      mode: z.enum(['a', 'b']).default('a'),
      image: section({ tag: z.string().default('v1') }).prefault({}),
      labels: z.record(z.string(), z.string()).optional(),
      chart: passthrough.default({}),
    });
    expect(keys(schema)).toEqual([
      ['hosts', 'list of sections', []],
      ['hosts[].name', 'text', 'required'],
      ['hosts[].port', 'whole number', 80],
      ['mode', '`a` or `b`', 'a'],
      ['image', 'section', undefined],
      ['image.tag', 'text', 'v1'],
      ['labels', 'mapping of texts', undefined],
      ['chart', 'mapping', {}],
    ]);
  });

  it('are one row where releases differ in the default only, and say which releases have them', () => {
    const rows = keysAcrossReleases(
      ({ id }) =>
        section({
          version: z.string().default(id === '1.21' ? '7.16.3' : '7.17.3'),
          ...(id === '1.21' ? { old: z.string().optional() } : {}),
        }),
      all,
    );
    expect(rows).toMatchObject([
      { path: 'version', releases: ['1.21', '1.22'], defaults: { '1.21': '7.16.3', '1.22': '7.17.3' } },
      { path: 'old', releases: ['1.21'] },
    ]);
  });
});

describe('Markdown', () => {
  it('has tables as the formatter leaves them', () => {
    expect(table(['a', 'long'], [['x|y', code('z')]])).toBe('| a    | long |\n| ---- | ---- |\n| x\\|y | `z`  |');
  });

  it('means nothing but the words outside of backticks', () => {
    expect(prose('a <b> of `<c> *`, *d*')).toBe('a \\<b> of `<c> *`, \\*d\\*');
  });
});

function committed(path: string): string | undefined {
  try {
    return readFileSync(join(repositoryRoot, path), 'utf8');
  } catch {
    return undefined;
  }
}
