import MarkdownIt from 'markdown-it';
import { expect } from 'vitest';

const parser = new MarkdownIt({ html: true });

/** Tags that a comment may have: whatever else is in it came from a value. */
const own = new Set(['details', 'summary', 'b', 'br', 'sub']);

export interface Rendered {
  html: string;
  /** Header cells of each table. */
  tables: string[][];
  /** Blocks of code. */
  blocks: string[];
}

/** Renders a comment; fails where folds, tables or blocks of code don't end, or HTML is in it that isn't the renderer's. */
export function wellFormed(markdown: string): Rendered {
  const tokens = parser.parse(markdown, {});
  const open: string[] = [];
  const inner = tokens.flatMap((token) => [token, ...(token.children ?? [])]);
  for (const { type, content } of inner) {
    if (type !== 'html_block' && type !== 'html_inline') continue;
    for (const [, slash, name = ''] of content.replaceAll(/<!--.*?-->/g, '').matchAll(/<(\/?)([a-zA-Z!][\w-]*)/g)) {
      expect(own, `<${name}>`).toContain(name);
      if (name === 'br') continue;
      if (slash) expect(open.pop()).toBe(name);
      else open.push(name);
    }
  }
  expect(open).toEqual([]);
  const lines = markdown.split('\n');
  for (const { map, type, markup } of tokens)
    if (type === 'fence') expect(lines[map![1] - 1]?.trim(), 'a block of code without end').toBe(markup);
  const tables: string[][] = [];
  for (const [place, { type }] of tokens.entries()) {
    if (type === 'table_open') tables.push([]);
    if (type === 'th_open') tables.at(-1)!.push(tokens[place + 1]!.content);
  }
  const rows = markdown.split('\n').filter((line) => /^\| /.test(line)).length;
  expect(
    tokens.filter(({ type }) => type === 'tr_open'),
    'rows that are in no table',
  ).toHaveLength(rows);
  return {
    html: parser.render(markdown),
    tables,
    blocks: tokens.filter(({ type }) => type === 'fence').map(({ content }) => content),
  };
}
