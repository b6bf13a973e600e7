import type { Finding } from './finding.ts';
import { mayBeSecret } from './finding.ts';

/** Tokens with a mark of their maker's, by maker. */
const tokens: Readonly<Record<string, string>> = {
  GitHub: String.raw`gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}`,
  GitLab: String.raw`gl(?:pat|dt|rt|cbt)-[\w-]{20,}`,
  Slack: 'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  Stripe: '[rs]k_(?:live|test)_[A-Za-z0-9]{16,}',
  Google: String.raw`AIza[\w-]{35}`,
  npm: 'npm_[A-Za-z0-9]{36}',
  PyPI: String.raw`pypi-[\w-]{40,}`,
  Pulumi: 'pul-[0-9a-f]{40}',
  Vault: String.raw`hv[sb]\.[\w-]{24,}`,
  Docker: String.raw`dckr_pat_[\w-]{20,}`,
  Grafana: String.raw`gl(?:sa|c)_[\w+=/-]{20,}`,
  SendGrid: String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`,
  'Terraform Cloud': String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}`,
  DigitalOcean: 'do[oprt]_v1_[0-9a-f]{64}',
  'Hugging Face': 'hf_[A-Za-z0-9]{30,}',
  Databricks: 'dapi[0-9a-f]{32}',
};

/**
 * Secrets that are known by what they look like, whatever they are called. A group named `secret` is the part that is one;
 * without it, all of the match is.
 */
const shapes: readonly RegExp[] = [
  // PEM blocks that hold keys, with real line ends or JSON-escaped ones, also cut off. Certificates are public and stay.
  /-----BEGIN (?<label>[A-Z0-9 ]*PRIVATE KEY[A-Z ]*)-----(?:[A-Za-z0-9+/=\s\\:,.-]*?-----END \k<label>-----|[A-Za-z0-9+/=\s\\]*)/dg,
  // Base64 of `-----BEGIN ... PRIVATE KEY`: how Kubernetes Secrets and user data carry one.
  /\bLS0tLS1CRUdJTi[A-Za-z0-9+/]*(?:UFJJVkFURSBLRV|QUklWQVRFIEtFW|BSSVZBVEUgS0VZ)[A-Za-z0-9+/]*={0,2}/dg,
  /\bPuTTY-User-Key-File-\d[\s\S]*?(?:Private-MAC: \w+|$)/dg,
  /\bAGE-SECRET-KEY-1[0-9A-Z]+/dg,
  // Access key ids of AWS are no secret, but tell whose the key is.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/dg,
  // JSON web tokens, signed or not.
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/dg,
  new RegExp(`\\b(?:${Object.values(tokens).join('|')})`, 'dg'),
  /\bhooks\.slack\.com\/(?:services|workflows)\/(?<secret>[\w/-]+)/dg,
  /\bdiscord(?:app)?\.com\/api\/webhooks\/(?<secret>[\w/-]+)/dg,
  // Hashes of passwords, which can be tried out at home: bcrypt, crypt, Apache, LDAP, Argon2, PBKDF2.
  /\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/dg,
  /\$(?:1|5|6|7|y|apr1|argon2(?:id?|d))\$[^\s"',:\\]{8,}/dg,
  /\{(?:SSHA|SHA|SMD5|MD5|CRYPT)\d*\}[A-Za-z0-9+/=./$]{8,}/dgi,
  // User and password in a URL, or in the way of MySQL's DSNs.
  /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#@:"'<>]*:(?<secret>[^\s/?#"'<>]+)@(?=[\w[])/dgi,
  /\bhttps?:\/\/(?<secret>[^\s/?#@:"'<>]{17,})@(?=[\w[])/dgi,
  /(?<![\w.-])[\w.-]{1,64}:(?<secret>[^\s:@/"']{1,256})@(?:tcp|unix)\(/dg,
  // Authorization headers and the way curl is told of them.
  /\bauthorization\\*["']?\s*[:=,]\s*\\*["']?(?:(?:basic|bearer|digest|token|negotiate|apikey)\s+)?(?<secret>[^\s"'\\,}]+(?: Credential=[^"'\\}]*)?)/dgi,
  /\b(?:bearer|basic)\s+(?<secret>[A-Za-z0-9._~+/-]{20,}=*)/dgi,
  /(?:^|\s)(?:-u|--user|--proxy-user)[ =]+\\*["']?[\w.@+-]+:(?<secret>[^\s"'\\]+)/dg,
];

/** Finds what looks like a secret. */
export function shapedSecrets(text: string): Finding[] {
  return shapes.flatMap((shape) =>
    [...text.matchAll(shape)].flatMap((match) => {
      const [start, end] = match.indices?.groups?.secret ?? match.indices![0]!;
      return mayBeSecret(text.slice(start, end)) ? [{ start, end }] : [];
    }),
  );
}
