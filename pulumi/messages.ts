/*
 * What Pulumi's engine and CLI say where they give no code: texts that a later version may put otherwise. Each is held to
 * the real thing by test/engine/pulumi.test.ts.
 */

/** Who holds the lock of a stack. */
interface LockOwner {
  user: string;
  host: string;
  pid: number;
}

/** Owners of the locks that the CLI names when a stack of a file or object store backend is locked. */
export function lockOwners(text: string): LockOwner[] {
  return [...text.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\)/g)].map(([, user, host, pid]) => ({
    user: user!,
    host: host!,
    pid: Number(pid),
  }));
}

/** Whether a stack's secrets can't be read for want of the right passphrase. */
export function saysWrongPassphrase(text: string): boolean {
  return /incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE/.test(text);
}

/** Whether a program has asked the engine for the outputs of a stack that isn't there. */
export function saysUnknownStack(text: string): boolean {
  return /unknown stack/.test(text);
}

/** What Helm says of a chart that it can't render; undefined for any other error of the Kubernetes provider. */
export function helmError(text: string): string | undefined {
  return /failed to create chart from template: (.*)/s.exec(text)?.[1];
}
