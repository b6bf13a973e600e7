import { runtime } from '@pulumi/pulumi';
import { registerSecret } from '../../secrets/known.ts';

/**
 * Registers the secret values of a stack's configuration (`secure:` in its file), which the engine has decrypted for its
 * program. To be called in a running program.
 */
export function registerConfigurationSecrets(): void {
  // Left out of the package's types, but what `Config` itself asks.
  const { isConfigSecret } = runtime as { isConfigSecret?: (key: string) => boolean };
  for (const [key, value] of Object.entries(runtime.allConfig())) {
    if (isConfigSecret?.(key)) for (const secret of partsOf(value)) registerSecret(secret);
  }
}

/** A value of several keys is JSON here: each of its texts is secret. */
function partsOf(value: string): string[] {
  const texts: string[] = [value];
  try {
    JSON.parse(value, (_key, part) => {
      if (typeof part === 'string') texts.push(part);
      return part;
    });
  } catch {
    // A text by itself.
  }
  return texts;
}
