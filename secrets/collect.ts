import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { mayBeSecret, replaceFindings } from './finding.ts';
import { isSearchable, registerSecret } from './known.ts';
import { unpack } from './packed.ts';
import { isSecretName } from './secret-names.ts';
import { findSecrets } from './texts.ts';

export interface SecretSources {
  env: NodeJS.ProcessEnv;
  /** The environments directory. */
  stacksDirectory: string;
  /** The environment that a command is about; without it, all that are in the directory. */
  environment?: string;
}

/**
 * Registers the secrets that a command could come across, before it does anything: of the process's environment (passphrase, AWS,
 * tokens), of the files that the AWS SDK and Kubernetes clients read, of the git remote, and every value in the environment's
 * files whose key says that it is secret. Reads only; what can't be read has nothing to register.
 */
export function registerKnownSecrets({ env, stacksDirectory, environment }: SecretSources): void {
  for (const [name, value = ''] of Object.entries(env)) {
    if (isSecretName(name) && !directories.has(name)) register(value);
    else for (const { start, end } of findSecrets(value)) register(value.slice(start, end));
  }
  register(textOf(env.PULUMI_CONFIG_PASSPHRASE_FILE).trim());
  const home = env.HOME || homedir();
  const files = [
    ...(env.KUBECONFIG || join(home, '.kube/config')).split(delimiter),
    env.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws/credentials'),
    env.AWS_CONFIG_FILE || join(home, '.aws/config'),
    gitConfiguration(stacksDirectory),
    ...environmentFiles(stacksDirectory, environment),
  ];
  for (const file of files) registerSecretsIn(textOf(file));
}

/** What shells call the working directory. */
const directories = new Set(['PWD', 'OLDPWD']);

/** Registers every secret of a text: a file of an environment, a kubeconfig. */
export function registerSecretsIn(text: string, depth = 0): void {
  if (!text || depth > 3) return;
  const found = findSecrets(text);
  const open = replaceFindings(text, found, () => ' ');
  const words = new Set(open.split(/[^A-Za-z._-]+/).flatMap((word) => [word, ...word.split(/[._-]+/)]));
  for (const { start, end, whole } of found) {
    if (whole) continue;
    for (const value of meanings(text.slice(start, end))) {
      register(value, words);
      registerSecretsIn(unpack(value) ?? '', depth + 1);
    }
  }
}

/**
 * @param words that the file uses elsewhere. A value that is one of them, without a digit or sign in it, is a word here, too:
 * to blank it out everywhere would hide what the file is about.
 */
function register(value: string, words?: ReadonlySet<string>): void {
  if (!mayBeSecret(value) || !isSearchable(value)) return;
  if (words?.has(value.trim()) && /^[A-Za-z._-]{1,24}$/.test(value.trim())) return;
  registerSecret(value);
}

/** A secret as it is written in a file, and what it means: without quotes, indentation, base64. */
function meanings(written: string): string[] {
  const values = new Set([written, written.replaceAll("''", "'")]);
  try {
    values.add(JSON.parse(`"${written}"`));
  } catch {
    // Not written in double quotes.
  }
  if (written.includes('\n')) {
    const lines = written.split('\n').map((line) => line.trim());
    values.add(lines.join('\n'));
    values.add(lines.join(' '));
  }
  for (const value of [...values]) {
    const inside = unpack(value);
    if (inside !== undefined) values.add(inside);
  }
  return [...values];
}

function environmentFiles(directory: string, environment?: string): string[] {
  const names = namesIn(directory);
  const isOwn = (name: string) => environment === undefined || name.startsWith(`Pulumi.${environment}-`);
  const configurations = names.filter((name) => /^Pulumi\..+\.ya?ml$/.test(name) && isOwn(name));
  const environments = environment === undefined ? names : [environment];
  const documents = ['environment.yaml', 'application.yaml', 'application.previous.yaml'];
  return [
    ...configurations.map((name) => join(directory, name)),
    ...environments.flatMap((name) => documents.map((document) => join(directory, name, document))),
  ];
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Configuration of the git repository that a directory is in, which may have credentials in the URLs of remotes. */
function gitConfiguration(directory: string): string | undefined {
  for (let place = directory; ; place = dirname(place)) {
    const file = join(place, '.git', 'config');
    if (existsSync(file)) return file;
    if (place === dirname(place)) return undefined;
  }
}

/** A file larger than this is none of those that hold secrets. */
const largest = 4_000_000;

function textOf(file: string | undefined): string {
  if (!file) return '';
  try {
    const text = readFileSync(file, 'utf8');
    return text.length > largest ? '' : text;
  } catch {
    return '';
  }
}
