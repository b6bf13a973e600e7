/** Stands in for anything secret. */
export const masked = '[secret]';
/** Stands in for a secret that isn't the one that was there before. */
export const maskedAnew = '[new secret]';

/** A part of a text that is secret. */
export interface Finding {
  start: number;
  end: number;
  /** More than the secret itself, as it couldn't be told where in it that is. */
  whole?: boolean;
}

/** Findings in the order of the text, those that overlap as one. */
export function merged(findings: Finding[]): Finding[] {
  const result: Finding[] = [];
  for (const finding of findings.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last && finding.start < last.end) {
      last.end = Math.max(last.end, finding.end);
      if (finding.whole) last.whole = true;
    } else result.push({ ...finding });
  }
  return result;
}

/** A text with other text in the place of what was found. */
export function replaceFindings(text: string, findings: Finding[], replacement: (place: number) => string): string {
  let result = '';
  let done = 0;
  for (const [place, { start, end }] of findings.entries()) {
    result += text.slice(done, start) + replacement(place);
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

/** What stands where a secret might, and is none: references, placeholders, what was masked already. */
const noSecret =
  /^(?:true|false|yes|no|on|off|null|nil|none|undefined|~|\*+|x{3,}|<[^<>]*>|\(secret\)|\[(?:new )?secret\]|\$[A-Za-z_][A-Za-z0-9_]*(?:[/.].*)?|\$\{.*\}|\$\(.*\)|#\{.*\}|\{\{.*\}\}|ENC\[.*\]|-)$/is;

/** Whether a value could be a secret at all. */
export function mayBeSecret(value: string): boolean {
  const trimmed = value.trim();
  return trimmed !== '' && !noSecret.test(trimmed);
}
