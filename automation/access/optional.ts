import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import type { AccessContext } from './access.ts';

/**
 * Opens the way for a command that gets by without, and says where it doesn't lead to the cluster. Loads nothing where the
 * operator's own kubeconfig has the context, as most commands find it.
 */
export async function openIfPossible(context: AccessContext): Promise<void> {
  if (mayBeOpen(context.environment.kubeContext)) return;
  const { Access } = await import('./access.ts');
  const why = await new Access(context).tryOpen();
  if (why) context.command.warn(`warning: the cluster can’t be asked: ${why}`);
}

/** Also where a kubeconfig can't be read: whoever asks the cluster says so. */
function mayBeOpen(context: string): boolean {
  const files = (process.env.KUBECONFIG || join(homedir(), '.kube/config')).split(delimiter).filter(Boolean);
  return files.some((file) => {
    try {
      const { contexts } = parse(readFileSync(file, 'utf8')) as { contexts?: { name?: unknown }[] };
      return contexts?.some(({ name }) => name === context) ?? false;
    } catch {
      return process.env.KUBECONFIG !== undefined && process.env.KUBECONFIG !== '';
    }
  });
}
