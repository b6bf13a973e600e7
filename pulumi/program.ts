import { runtime } from '@pulumi/pulumi';
import { saysUnknownStack } from './messages.ts';

/*
 * What a running program can ask the engine for and the library doesn't offer.
 */

/**
 * Outputs of a stack by its full name, as its last complete update left them; undefined where there is no such stack. A
 * `StackReference` to one that isn't there fails in the engine, past any `catch`.
 */
export async function stackOutputs(name: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { outputs } = await runtime.invoke('pulumi:pulumi:readStackOutputs', { name });
    return outputs ?? {};
  } catch (error) {
    if (saysUnknownStack((error as Error).message)) return undefined;
    throw error;
  }
}

/** Secret values of the stack's configuration (`secure:` in its file), which the engine has decrypted for its program. */
export function secretConfiguration(): string[] {
  // Left out of the package's types, but what `Config` itself asks.
  const { isConfigSecret } = runtime as { isConfigSecret?: (key: string) => boolean };
  return Object.entries(runtime.allConfig()).flatMap(([key, value]) => (isConfigSecret?.(key) ? [value] : []));
}
