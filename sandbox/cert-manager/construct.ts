import * as pulumi from '@pulumi/pulumi';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import server from '@pulumi/pulumi/provider/server.js';
import rpc from '@pulumi/pulumi/runtime/rpc.js';
import settings from '@pulumi/pulumi/runtime/settings.js';
import state from '@pulumi/pulumi/runtime/state.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { CertManager, type CertManagerInputs, certManagerType } from './component.ts';

/**
 * The SDK's own provider server can run once per process, prints to standard output and takes over the process's error
 * handling, so it can't live in a daemon. These are the parts of it that a `construct` call needs; they are not in its
 * type declarations. The SDK's version is pinned exactly.
 */
const { deserializeInputs } = server as unknown as {
  deserializeInputs(inputs: structs.Struct | undefined, dependencies: unknown): Promise<pulumi.Inputs>;
};
const { withLocalStorage } = state as unknown as { withLocalStorage<T>(run: () => Promise<T>): Promise<T> };
const { awaitFeatureSupport, waitForRPCs } = settings as unknown as {
  awaitFeatureSupport(): Promise<void>;
  waitForRPCs(): Promise<void>;
};

/** Registers the component and its release with the engine that asks for it. Calls of several engines at once don't meet. */
export function construct(
  request: messages.ConstructRequest,
  engineAddress: string,
): Promise<messages.ConstructResponse> {
  return withLocalStorage(async () => {
    if (request.getType() !== certManagerType)
      throw new Error(`unknown resource type ${request.getType()}; expected ${certManagerType}`);
    await configure(request, engineAddress);
    const inputs = await deserializeInputs(request.getInputs(), request.getInputdependenciesMap());
    const component = new CertManager(request.getName(), inputs as CertManagerInputs, optionsOf(request));
    const response = new messages.ConstructResponse();
    response.setUrn(await promise(component.urn));
    const [outputs] = await rpc.serializeResourceProperties(`construct(${request.getName()})`, {
      status: component.status,
    });
    response.setState(structs.Struct.fromJavaScript(outputs));
    await waitForRPCs();
    return response;
  });
}

async function configure(request: messages.ConstructRequest, engineAddress: string): Promise<void> {
  settings.resetOptions(
    request.getProject(),
    request.getStack(),
    request.getParallel(),
    engineAddress,
    request.getMonitorendpoint(),
    request.getDryrun(),
    request.getOrganization(),
  );
  await awaitFeatureSupport();
  const configuration = Object.fromEntries(request.getConfigMap().toArray());
  pulumi.runtime.setAllConfig(configuration, request.getConfigsecretkeysList());
}

function optionsOf(request: messages.ConstructRequest): pulumi.ComponentResourceOptions {
  const providers = request
    .getProvidersMap()
    .toArray()
    .map(([name, reference]) => [name, new pulumi.DependencyProviderResource(reference)]);
  const timeouts = request.getCustomtimeouts()?.toObject();
  return {
    parent: request.getParent() ? new pulumi.DependencyResource(request.getParent()) : undefined,
    dependsOn: request.getDependenciesList().map((urn) => new pulumi.DependencyResource(urn)),
    providers: Object.fromEntries(providers),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    ...(timeouts ? { customTimeouts: timeouts } : {}),
    aliases: request.getAliasesList().flatMap((alias) => (alias.hasUrn() ? [alias.getUrn()] : [])),
  };
}

function promise<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}
