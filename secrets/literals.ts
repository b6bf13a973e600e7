import type { Finding } from './finding.ts';

/** A value and what it may look like in output: see {@link formsOf}. */
export interface Form {
  text: string;
  /** Part of a run of base64: the whole run goes, since what is beside it is of the same secret. */
  base64: boolean;
}

/** Forms shorter than this would be found in ordinary words. */
const shortestForm = 6;

/**
 * A secret as it may appear in output: itself, without surrounding white space, each long line of it, as JSON has it (also
 * JSON inside JSON), quoted for YAML or a shell, in a URL, in HTML, in hexadecimal, and in base64, also as a part of something
 * longer, and base64 of that.
 */
export function formsOf(secret: string): Form[] {
  const values = new Set([secret, secret.trim(), ...linesOf(secret)]);
  const plain = [...values].flatMap((value) => {
    const json = JSON.stringify(value).slice(1, -1);
    return [
      value,
      json,
      JSON.stringify(json).slice(1, -1),
      value.replaceAll("'", "''"),
      value.replaceAll("'", "'\\''"),
      ...inUrls(value),
      value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
      Buffer.from(value).toString('hex'),
    ];
  });
  const encoded = [secret, secret.trim()].flatMap((value) => {
    const whole = Buffer.from(value).toString('base64');
    const parts = alignments(value);
    return [whole, ...parts, ...[whole, ...parts].flatMap(alignments)];
  });
  const urlSafe = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const forms = new Map<string, Form>();
  for (const text of [...encoded, ...urlSafe]) forms.set(text, { text, base64: true });
  for (const text of plain) forms.set(text, { text, base64: false });
  return [...forms.values()].filter(({ text }) => text.trim().length >= shortestForm);
}

/** Lines that are secret by themselves, as those of a key are: not words, nor the frame of a PEM block. */
function linesOf(secret: string): string[] {
  const lines = secret.trim().split(/\r?\n/);
  if (lines.length === 1) return [];
  return lines
    .map((line) => line.trim())
    .filter((line) => /^(?=.*\d)(?=.*[A-Za-z])[\w+/=.$-]{16,}$/.test(line) && !line.startsWith('-----'));
}

function inUrls(value: string): string[] {
  // As UTF-8 has it: half of a surrogate pair, which a URL has no place for, becomes a replacement character.
  const encoded = encodeURIComponent(Buffer.from(value).toString());
  return [encoded, encoded.replaceAll('%20', '+'), encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())];
}

/** What base64 of a longer text has in it wherever the value begins: the characters that depend on the value alone. */
function alignments(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(first, last);
  });
}

const base64Character = /[A-Za-z0-9+/_=-]/;

/**
 * Finds any of many literals in one pass over a text. A regular expression with as many alternatives takes forty times as
 * long: nearly everywhere the first three characters tell that nothing begins there.
 */
export class Literals {
  readonly #byStart = new Map<string, Form[]>();
  readonly #starts = new Uint8Array(1 << 16);

  constructor(forms: Iterable<Form>) {
    for (const form of [...forms].sort((a, b) => b.text.length - a.text.length)) {
      const start = form.text.slice(0, shortestForm);
      const others = this.#byStart.get(start);
      if (others) others.push(form);
      else this.#byStart.set(start, [form]);
      this.#starts[startOf(start, 0)] = 1;
    }
  }

  /** Where literals are in a text; of several at a place the longest. */
  places(text: string): Finding[] {
    const places: Finding[] = [];
    let done = 0;
    const end = text.length - shortestForm;
    for (let at = 0; at <= end; at++) {
      if (this.#starts[startOf(text, at)] === 0) continue;
      const form = this.#byStart.get(text.slice(at, at + shortestForm))?.find((one) => text.startsWith(one.text, at));
      if (!form) continue;
      let [from, to] = [at, at + form.text.length];
      if (form.base64) {
        while (from > done && base64Character.test(text[from - 1]!)) from--;
        while (to < text.length && base64Character.test(text[to]!)) to++;
      }
      places.push({ start: from, end: to });
      done = to;
      at = to - 1;
    }
    return places;
  }
}

function startOf(text: string, at: number): number {
  return ((text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) * 31 + text.charCodeAt(at + 2)) & 0xffff;
}
