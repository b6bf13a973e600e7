import { getOrganization, getStack, StackReference } from '@pulumi/pulumi';
import type { Layer } from '../environment/outputs.ts';
import { exitCode, UserError } from '../errors/index.ts';
import { stackOutputs } from '../pulumi/program.ts';

/** Told each time a program looks at an output of another stack. */
export type OnRead = (stack: string, output: string) => void;

/**
 * Outputs of another layer of the same environment, as its stack was last deployed.
 * @throws NotDeployed where that stack isn't deployed yet.
 */
export async function upstreamOutputs<T>(environment: string, layer: Layer, onRead?: OnRead): Promise<T> {
  const stack = `${environment}-${layer}`;
  const name = `${getOrganization()}/kubezero/${stack}`;
  if (!(await stackOutputs(name))) throw notDeployed(environment, layer);
  const outputs = await known(new StackReference(stack, { name }));
  if (Object.keys(outputs).length > 0) return (onRead ? watched(outputs, (name) => onRead(stack, name)) : outputs) as T;
  throw notDeployed(environment, layer);
}

/** Outputs of the running program's own stack, as its last complete update left them; empty where there was none. */
export async function ownOutputs<T extends object>(): Promise<Partial<T>> {
  const name = `${getOrganization()}/kubezero/${getStack()}`;
  return ((await stackOutputs(name)) ?? {}) as Partial<T>;
}

/** The same values, telling which are looked at. */
function watched(outputs: Record<string, unknown>, onRead: (name: string) => void): Record<string, unknown> {
  return new Proxy(outputs, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(target, name)) onRead(name);
      return Reflect.get(target, name);
    },
  });
}

/** A layer that others wait for isn't deployed. */
export class NotDeployed extends UserError {}

/** The one message for a layer that others wait for. */
export function notDeployed(environment: string, layer: Layer): NotDeployed {
  const stack = `${environment}-${layer}`;
  return new NotDeployed(`stack ${stack} isn't deployed yet`, {
    where: `stack ${stack}`,
    state: 'nothing was touched',
    fix: `run: kubezero up ${environment}`,
    exitCode: exitCode.blocked,
  });
}

/** Stack outputs are always known, also in a preview: they come from the backend. */
function known(reference: StackReference): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    reference.outputs.apply(resolve);
  });
}
