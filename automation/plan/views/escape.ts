import { redact } from '../../report/redacting.ts';

/**
 * Free text in Markdown: nothing in it is markup, HTML, a mention or a reference. Redacted here, since a secret isn't
 * found any more once its characters are escaped.
 */
export function plainText(text: string): string {
  return oneLine(redact(text))
    .replaceAll('&', '&amp;')
    .replaceAll(/@(?=\w)/g, '@\u200b')
    .replaceAll(/#(?=\d)/g, '#\u200b')
    .replaceAll(/[\\`*_[\]<>|~]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** Code in a line of Markdown, also in a cell of a table; longer than any run of backticks within. */
export function code(text: string): string {
  const line = oneLine(text).replaceAll('|', '\\|');
  if (line === '') return '';
  const ticks = '`'.repeat(longestRun(line) + 1);
  return ticks.length > 1 ? `${ticks} ${line} ${ticks}` : `\`${line}\``;
}

/** A row of a table; its cells are escaped already. */
export function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell || ' ').join(' | ')} |`;
}

/** Lines as a block of code that nothing in them ends. */
export function fenced(lines: string[], language = 'diff'): string[] {
  const clean = lines.map((line) => line.replaceAll(/[\r\n]+/g, ' '));
  const fence = '`'.repeat(Math.max(3, Math.max(0, ...clean.map(longestRun)) + 1));
  return [`${fence}${language}`, ...clean, fence];
}

/** Text within HTML, such as a summary. */
export function html(text: string): string {
  return oneLine(redact(text))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/@(?=\w)/g, '@\u200b')
    .replaceAll(/(?<!&)#(?=\d)/g, '#\u200b');
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not get through
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
