import * as pulumi from '@pulumi/pulumi';
import server from '@pulumi/pulumi/provider/server.js';
import rpc from '@pulumi/pulumi/runtime/rpc.js';
import settings from '@pulumi/pulumi/runtime/settings.js';
import state from '@pulumi/pulumi/runtime/state.js';
import type structs from 'google-protobuf/google/protobuf/struct_pb.js';

/*
 * The SDK's own server of component providers can run once per process, prints to standard output and takes over the
 * process's error handling, so it can't live in a daemon. These are the parts of it that a `construct` call needs; they are not
 * in its type declarations. The SDK's version is pinned exactly.
 */

const parts = { ...state, ...settings, ...server } as unknown as {
  withLocalStorage<T>(run: () => Promise<T>): Promise<T>;
  awaitFeatureSupport(): Promise<void>;
  waitForRPCs(): Promise<void>;
  deserializeInputs(inputs: structs.Struct | undefined, dependencies: unknown): Promise<pulumi.Inputs>;
};

/** Inputs of a `construct` call, as a component takes them. */
export const { deserializeInputs } = parts;

/** The engine that a `construct` call comes from, and the program that it is part of. */
export interface Caller {
  project: string;
  stack: string;
  organization: string;
  parallel: number;
  dryRun: boolean;
  /** Where the engine takes calls, and where it takes resources. */
  engine: string;
  monitor: string;
  configuration: Record<string, string>;
  secretKeys: string[];
}

/** Runs part of a program for an engine, until all that it has registered is done. Several at once don't meet. */
export function runFor<T>(caller: Caller, program: () => Promise<T>): Promise<T> {
  return parts.withLocalStorage(async () => {
    const { project, stack, organization, parallel, dryRun, engine, monitor } = caller;
    settings.resetOptions(project, stack, parallel, engine, monitor, dryRun, organization);
    await parts.awaitFeatureSupport();
    pulumi.runtime.setAllConfig(caller.configuration, caller.secretKeys);
    const result = await program();
    await parts.waitForRPCs();
    return result;
  });
}

/** Outputs as a call's answer has them. */
export async function serialized(label: string, outputs: pulumi.Inputs): Promise<Record<string, unknown>> {
  const [values] = await rpc.serializeResourceProperties(label, outputs);
  return values;
}
