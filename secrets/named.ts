import { type Finding, mayBeSecret } from './finding.ts';
import { isSecretName } from './secret-names.ts';

/** What every name of a secret has in it; found fast, looked at closely then. */
const hint = /pass|pwd|secret|token|key|cred|auth|cookie|dsn|psk|dockerc|string|rsa|ed25519|codes|webhook/gi;

/**
 * A value after its name: `name = value`, `"name": "value"`, also escaped in JSON. Sticky: begins at the name.
 * Groups: `quoted` and `single` in quotes, `nested` in escaped ones, `bare` without.
 */
const assignment =
  /(?<name>[\w.-]+)\\*["']?\]?\s*(?<sign>=>|:=|[:=])(?!=)[ \t]*(?:"(?<quoted>(?:[^"\\\n]|\\.)*)"|'(?<single>(?:[^'\n]|'')*)'|(?<escape>\\+)"(?<nested>(?:(?!(?<!\\)\k<escape>")[^\n])*)|(?!(?:Invalid|Unsupported|Duplicate) value:)(?<bare>\$\([^)\n]*\)|[^\s"',;{}[\]\\][^\s"',;}\]\\]*))/dy;

/** `--name value`, `<name>value</name>` and the API server's `name: Invalid value: "value"`. */
const others: readonly RegExp[] = [
  /(?<![\w-])--?(?<name>[A-Za-z][\w-]*)["']?,?[ \t]+\\*["']?(?<bare>[^\s"'\\,-][^\s"'\\,]*)/dg,
  /<(?<name>[\w.:-]+)>(?<bare>[^<\n]+)<\/\k<name>>/dg,
  /(?<![\w-])(?<name>[\w-]+)\]?: (?:Invalid|Unsupported|Duplicate) value: (?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s:]+))/dg,
];

/** A whole line `name: value` or `name value`, as configuration files have it; the value may have spaces after a colon. */
const line =
  /^[ \t]*(?:- )?(?<name>[\w.-]+)(?::[ \t]+(?!(?:Invalid|Unsupported|Duplicate) value:)(?<rest>[^\s"'|>{[&*!#][^\n]*?)|[ \t]+(?<bare>[^\s"'=:{]+|"(?<quoted>[^"\n]*)"))[ \t]*$/dgm;

/** A parameter of a URL. */
const parameter = /[?&](?<name>[\w.-]+)=(?<bare>[^\s&"'<>\\#]+)/dg;

/**
 * Finds values whose name says that they are secret, in text of any kind.
 * @param loose whether `name: value` counts without quotes, as in YAML and configuration files. In a message to people
 * that is more often a sentence ("token: expired").
 */
export function namedSecrets(text: string, { loose }: { loose: boolean }): Finding[] {
  const found: Finding[] = [];
  const take = (match: RegExpExecArray, value: string | undefined) => {
    const place = value && match.indices?.groups?.[value];
    if (!place || !isSecretName(match.groups!.name!)) return undefined;
    const [start, end] = place;
    if (start < end && mayBeSecret(text.slice(start, end))) found.push({ start, end });
    return end;
  };
  let named = false;
  let after = 0;
  for (const { index } of text.matchAll(hint)) {
    named = true;
    if (index < after) continue;
    const [start, end] = wordAt(text, index);
    // A value that isn't secret may name one: only the name is done with.
    after = end;
    if (end - start > longestName) continue;
    assignment.lastIndex = start;
    const match = assignment.exec(text);
    if (!match) continue;
    const form = valueGroup(match);
    const sentence = form === 'bare' && match.groups!.sign === ':' && !loose;
    const inUrl = form === 'bare' && /[?&]/.test(text[start - 1] ?? '');
    if (!sentence && !inUrl) after = take(match, form) ?? after;
  }
  if (!named) return found;
  for (const pattern of [...others, parameter, ...(loose ? [line] : [])]) {
    for (const match of text.matchAll(pattern)) take(match, valueGroup(match));
  }
  return found;
}

/** What is longer than this is a blob, not a name. */
const longestName = 200;

function wordAt(text: string, place: number): [start: number, end: number] {
  let [start, end] = [place, place];
  while (start > 0 && place - start <= longestName && /[\w.-]/.test(text[start - 1]!)) start--;
  while (end < text.length && /[\w.-]/.test(text[end]!)) end++;
  return [start, end];
}

function valueGroup({ groups }: RegExpExecArray): string | undefined {
  return ['quoted', 'single', 'nested', 'rest', 'bare'].find((name) => groups?.[name] !== undefined);
}
