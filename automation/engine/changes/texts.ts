import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { structuredPatch } from 'diff';
import { parseAllDocuments } from 'yaml';
import { isInstaller, isProgram, packProgram, unpackInstaller, unpackProgram } from '../../../infra/node/installer.ts';
import type { MachineFile } from '../../../infra/node/machine-file.ts';
import { toYaml } from '../../../infra/node/yaml.ts';
import { maskTexts } from '../../../secrets/texts.ts';
import type { TextChange } from './schema.ts';

/** Lines around a change that are shown with it. */
const context = 2;
/** Texts that have next to nothing in common take long to compare; nobody reads that difference line by line. */
const mostMilliseconds = 400;
const mostUnpacked = 4 * 1024 * 1024;

/**
 * Changed lines of a property that is a text: key-aware where it is YAML, unpacked where it is base64 or gzip, JSON laid
 * out, user data and boot program of our machines as the files that they write. Both sides are as the engine gave them, with secrets; these are masked before anything is compared.
 * @param path of the property, as Pulumi writes it.
 * @returns undefined where the values are better shown whole, before -> after: texts of one line.
 */
export function textChange(before: string, after: string, _path: string): TextChange | undefined {
  const sides = programs(before, after) ?? ([unpack(before), unpack(after)] as const);
  const documents = sides.map(({ text }) => read(text)) as [Document, Document];
  const decoded = sides[1].decoded.length > 0 ? sides[1].decoded : sides[0].decoded;
  const format = documents[0].format === documents[1].format ? documents[0].format : 'text';
  const texts = format === 'text' ? sides.map(({ text }) => text) : documents.map(({ text }) => text);
  if (decoded.length === 0 && format !== 'json' && !texts.some((text) => text.trimEnd().includes('\n')))
    return undefined;
  const cosmetic = format !== 'text' && isDeepStrictEqual(documents[0].value, documents[1].value);
  return { format, decoded, lines: changedLines(...maskTexts(texts[0]!, texts[1]!), format), cosmetic };
}

/** Both as the files that they write, where that is all they do: else the difference may be in what is around those. */
function programs(before: string, after: string): [Unpacked, Unpacked] | undefined {
  const [old, young] = [before, after].map((text) =>
    isProgram(text) && packProgram(unpackProgram(text)) === text ? filesOf(() => unpackProgram(text)) : undefined,
  );
  if (old === undefined || young === undefined) return undefined;
  return [
    { text: old, decoded: [] },
    { text: young, decoded: [] },
  ];
}

interface Unpacked {
  text: string;
  decoded: TextChange['decoded'];
}

function unpack(value: string): Unpacked {
  const compact = value.replaceAll(/\s/g, '');
  if (compact.length < 24 || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact))
    return { text: value, decoded: [] };
  const bytes = Buffer.from(compact, 'base64');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      const text = readable(gunzipSync(bytes, { maxOutputLength: mostUnpacked }));
      if (text !== undefined) return { text, decoded: ['base64', 'gzip'] };
    } catch {
      // Only looks like gzip.
    }
  }
  const text = readable(bytes);
  if (text === undefined) return { text: value, decoded: [] };
  const files = isInstaller(text) ? filesOf(() => unpackInstaller(text)) : undefined;
  return files === undefined ? { text, decoded: ['base64'] } : { text: files, decoded: ['base64', 'gzip'] };
}

/** What is packed in user data or a program, so that the place of a change is named by file and key. */
function filesOf(unpacked: () => MachineFile[]): string | undefined {
  try {
    return toYaml({ files: unpacked() });
  } catch {
    // Only looks like an installer, or isn't whole.
    return undefined;
  }
}

/** Bytes as text, where they are one. */
function readable(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells other data from text
    return /[\u0000-\u0008\u000e-\u001a\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

interface Document {
  format: TextChange['format'];
  /** Laid out where it was in one line. */
  text: string;
  value?: unknown;
}

function read(text: string): Document {
  const start = text.trimStart()[0];
  if (start === '{' || start === '[') {
    try {
      const value = JSON.parse(text);
      return { format: 'json', text: JSON.stringify(value, null, 2), value };
    } catch {
      // YAML in flow style, or a text that begins like that.
    }
  }
  if (!text.trimEnd().includes('\n') || text.startsWith('#!') || text.startsWith('Content-Type:'))
    return { format: 'text', text };
  const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return { format: 'text', text };
  try {
    const value = documents.map((document) => document.toJS({ maxAliasCount: 1000 }));
    const structured = value.some((one) => typeof one === 'object' && one !== null);
    return structured ? { format: 'yaml', text, value } : { format: 'text', text };
  } catch {
    return { format: 'text', text };
  }
}

function changedLines(before: string, after: string, format: TextChange['format']): string[] {
  const patch = structuredPatch('', '', ended(before), ended(after), undefined, undefined, {
    context,
    timeout: mostMilliseconds,
  });
  const old = before.split('\n');
  if (!patch) return [`@ nothing in common: ${count(old.length)} before, ${count(after.split('\n').length)} after`];
  return patch.hunks.flatMap((hunk) => {
    const changed = hunk.lines.findIndex((line) => /^[-+]/.test(line));
    const [lines, first] =
      hunk.lines[changed]?.startsWith('-') === false && hunk.newLines > 0
        ? [after.split('\n'), hunk.newStart - 1 + changed]
        : [old, hunk.oldStart - 1 + changed];
    const key = format === 'text' ? '' : keyAbove(lines, first);
    return [`@ line ${Math.max(1, hunk.newStart)}${key ? `, in ${key}` : ''}`, ...hunk.lines];
  });
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/**
 * Keys that a line of YAML (or laid-out JSON) stands under, by their indentation: `spec.template.spec`; of an entry of a
 * list its first field: `write_files[path=/etc/kubezero/node.yaml].content`.
 */
function keyAbove(lines: string[], line: number): string {
  const keys: string[] = [];
  const itself = entry(lines[line] ?? '');
  let indent = itself.dash ?? itself.indent;
  // The key of a list may stand as far left as the dashes of its entries.
  let inList = itself.dash !== undefined;
  for (let above = line - 1; above >= 0 && (indent > 0 || inList); above--) {
    const text = lines[above] ?? '';
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    const { dash, indent: column, key, value } = entry(text);
    if (dash !== undefined && dash < indent) {
      if (column < indent && key) keys.unshift(key);
      keys.unshift(key && value && value.length <= 60 ? `[${key}=${value}]` : '[]');
      [indent, inList] = [dash, true];
    } else if (dash === undefined && (column < indent || (inList && column === indent))) {
      if (key) keys.unshift(key);
      [indent, inList] = [column, false];
    }
  }
  return keys.join('.').replaceAll('.[', '[');
}

/** A line's dash (of an entry of a list), and where what follows begins. */
function entry(line: string): { dash?: number; indent: number; key?: string; value?: string } {
  const [, space = '', dashes = '', rest = ''] = /^(\s*)((?:- +)*)(.*)$/.exec(line) ?? [];
  const [, key, value] = /^["']?([^"':\s][^"':]*)["']?\s*:(?: +(.*))?$/.exec(rest) ?? [];
  return {
    ...(dashes ? { dash: space.length } : {}),
    indent: space.length + dashes.length,
    ...(key ? { key } : {}),
    ...(value ? { value: value.replace(/,$/, '') } : {}),
  };
}

function count(lines: number): string {
  return lines === 1 ? '1 line' : `${lines} lines`;
}
