import { secretConfiguration } from '../../pulumi/program.ts';
import { registerSecret } from '../../secrets/known.ts';

/** Registers the secret values of a stack's configuration. To be called in a running program. */
export function registerConfigurationSecrets(): void {
  for (const value of secretConfiguration()) for (const secret of partsOf(value)) registerSecret(secret);
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
