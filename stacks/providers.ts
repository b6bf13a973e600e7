import { pluginName, serveCrds } from '../modules/crds/index.ts';

/**
 * Serves the resource provider of our own that programs need, in this process: one process less, and nothing to install.
 * Without it (`pulumi` from a shell) the engine starts `bin/pulumi-resource-kubezero`, which Pulumi.yaml names.
 * @param attached  providers that the engine is to attach already, `<package>:<port>`, comma-separated
 * @returns variables for the engine
 */
export async function attachProviders(attached = ''): Promise<{ PULUMI_DEBUG_PROVIDERS: string }> {
  if (attached.split(',').some((entry) => entry.startsWith(`${pluginName}:`)))
    return { PULUMI_DEBUG_PROVIDERS: attached };
  const { port } = await serveCrds();
  return { PULUMI_DEBUG_PROVIDERS: [attached, `${pluginName}:${port}`].filter(Boolean).join(',') };
}

// What whoever reads the modules' stack has to know of how custom resource definitions are kept.
export { crdType, isPacked, unpackCrd } from '../modules/crds/index.ts';
