import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import type { ChartStore } from '../charts/index.ts';
import { type Environment, listEnvironments, loadEnvironment } from '../environment/environment.ts';
import { type DesiredState, type Layer, layers, type NetworkOutputs } from '../environment/outputs.ts';
import { UserError } from '../errors/index.ts';
import type { ManifestFile } from '../modules/delivery/index.ts';
import { release } from '../releases/index.ts';
import type { OnRead } from './upstream.ts';

type Outputs = Record<string, unknown>;

/** Runs a layer's program at a desired state; what it returns are the stack's outputs. */
type LayerProgram<L extends Layer> = (
  environment: Environment,
  desired: State<L>,
  options: ProgramOptions & { charts: ChartStore },
) => Promise<Outputs>;

export interface ProgramOptions {
  /** Told the manifests that ArgoCD is to find in git, where it delivers the modules. */
  onManifests?: (files: ManifestFile[]) => void;
  /** Told which outputs of other stacks the program looks at. */
  onRead?: OnRead;
  /** Kubernetes version of the cluster once steps that come first are done; absent: as the controllers' stack has it. */
  kubernetesVersion?: string;
}

/** Desired state of a layer; the network layer follows no release. */
type State<L extends Layer> = L extends keyof DesiredState ? DesiredState[L] : undefined;

/** Each layer loads only what it needs: the AWS and Kubernetes packages are large. */
const programs: { [L in Layer]: LayerProgram<L> } = {
  async network(environment) {
    const { networkProgram } = await import('../infra/network/program.ts');
    return networkProgram(environment);
  },
  async controllers(environment, desired, { onRead }) {
    const network = await upstream<NetworkOutputs>(environment, 'network', onRead);
    const { controllersProgram } = await import('../infra/controllers/program.ts');
    return controllersProgram(environment, network, release(desired.release));
  },
  async workers(environment, desired, { onRead }) {
    const network = await upstream<NetworkOutputs>(environment, 'network', onRead);
    const { workersProgram } = await import('../infra/workers/program.ts');
    return workersProgram(environment, network, { release: release(desired.release), surge: desired.surge });
  },
  async modules(environment, desired, options) {
    const { modulesProgram } = await import('./modules.ts');
    return { ...(await modulesProgram(environment, desired, options)) };
  },
};

/**
 * The program of one layer of an environment, for `pulumi` from a shell and for the Automation API alike.
 * @param charts what the modules are rendered from; other layers look for none.
 * @param desired state to bring the layer to; without it, what the stack's configuration says.
 */
export function programFor<L extends Layer>(
  environment: Environment,
  layer: L,
  charts: ChartStore,
  desired?: State<L>,
  options: ProgramOptions = {},
): PulumiFn {
  return async () => {
    const program = programs[layer] as LayerProgram<L>;
    return program(environment, desired ?? (await configured(environment, layer)), { ...options, charts });
  };
}

/**
 * The program of a stack by its name, `<environment>-<layer>`.
 * @param directory the environments directory.
 * @throws UserError where there is no such environment or layer.
 */
export function programOfStack(stack: string, directory: string, charts: ChartStore): PulumiFn {
  const layer = layers.find((name) => stack.endsWith(`-${name}`));
  if (!layer)
    throw new UserError(`"${stack}" is no stack of this project: expected <environment>-<layer>`, {
      where: `stack ${stack}`,
      fix: `layers are ${layers.join(', ')}; environments are ${listEnvironments(directory).join(', ') || '(none)'}`,
    });
  return programFor(loadEnvironment(stack.slice(0, -layer.length - 1), directory), layer, charts);
}

async function configured<L extends Layer>(environment: Environment, layer: L): Promise<State<L>> {
  if (layer === 'network') return undefined as State<L>;
  const { configuredState } = await import('./config.ts');
  return configuredState(environment, layer as keyof DesiredState) as State<L>;
}

async function upstream<T>(environment: Environment, layer: Layer, onRead?: OnRead): Promise<T> {
  const { upstreamOutputs } = await import('./upstream.ts');
  return upstreamOutputs<T>(environment.name, layer, onRead);
}
