/** A table with a header; columns are as wide as their longest cell, as the formatter wants them. */
export function table(header: string[], rows: string[][]): string {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')),
  );
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => [...(row[column] ?? '')].length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length)).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Prose as Markdown: what isn't in backticks means nothing but itself. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[<*[\]]/g, '\\$&')))
    .join('');
}

/** Parts of a page, with an empty line between each. */
export function page(parts: (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`;
}

export function list(items: string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
