import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { runPulumi } from '../../pulumi/command.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fingerprint } from './document.ts';

export type SealedKey = NonNullable<Fingerprint['key']>;

/** Digest of a text, in hex. */
export type Digest = (text: string) => string;

/** Digests that are not keyed: for an environment of which nothing is deployed. */
export const plainDigest: Digest = (text) => createHash('sha256').update(text).digest('hex');

const configurationKey = 'kubezero:planKey';

/**
 * Makes the key that the digests of one plan are keyed with. It is kept in the plan, encrypted by the secrets provider of
 * a stack (passphrase, KMS, ...): who can decrypt it can read the secrets themselves, and nobody else can try out what
 * secrets the digests are of. Encrypting is left to the `pulumi` command and goes to a file of its own, so that it works with
 * every provider and changes nothing.
 */
export async function makeKey(
  environment: Environment,
  stack: string,
  engine: Engine,
): Promise<{ digest: Digest; sealed: SealedKey }> {
  const key = randomBytes(32);
  const sealed = await withFile(providerOf(environment, stack), async (file) => {
    const args = ['config', 'set', '--secret', '--stack', stack, '--config-file', file, configurationKey];
    await pulumi(environment, stack, engine, args, key.toString('hex'));
    return readFileSync(file, 'utf8');
  });
  return { digest: keyed(key), sealed: { stack, sealed } };
}

/** Opens the key of an earlier plan. @throws UserError where the stack's secrets can't be read, or are another's now. */
export async function openKey(environment: Environment, { stack, sealed }: SealedKey, engine: Engine): Promise<Digest> {
  const text = await withFile(sealed, (file) =>
    pulumi(environment, stack, engine, ['config', 'get', '--stack', stack, '--config-file', file, configurationKey]),
  );
  return keyed(Buffer.from(text.trim(), 'hex'));
}

function keyed(key: Buffer): Digest {
  return (text) => createHmac('sha256', key).update(text).digest('hex');
}

/** The part of a stack's configuration that says who encrypts its secrets. */
function providerOf({ directory }: Environment, stack: string): string {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  const { secretsprovider, encryptedkey, encryptionsalt } = existsSync(file)
    ? ((parse(readFileSync(file, 'utf8')) ?? {}) as Record<string, string>)
    : {};
  return stringify({
    ...(secretsprovider ? { secretsprovider } : {}),
    ...(encryptedkey ? { encryptedkey } : {}),
    ...(encryptionsalt ? { encryptionsalt } : {}),
  });
}

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-plan-key-'));
  try {
    const file = join(directory, 'Pulumi.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function pulumi(
  { directory }: Environment,
  stack: string,
  { variables }: Engine,
  args: string[],
  input?: string,
): Promise<string> {
  const { stdout, stderr, failed } = await runPulumi(args, { variables, cwd: dirname(directory), input });
  if (!failed) return stdout;
  throw new UserError(`the key of the plan can't be ${input === undefined ? 'read' : 'sealed'}: ${stderr.trim()}`, {
    where: `secrets of stack ${stack}`,
    state: 'nothing was changed',
    fix: 'check the passphrase or the access to the KMS key; where the secrets provider is another now, make a new plan',
    exitCode: exitCode.blocked,
  });
}
