import * as pulumi from '@pulumi/pulumi';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Caller, deserializeInputs, runFor, serialized } from '../../pulumi/construct.ts';
import { CertManager, type CertManagerInputs, certManagerType } from './component.ts';

/** Registers the component and its release with the engine that asks for it. Calls of several engines at once don't meet. */
export async function construct(
  request: messages.ConstructRequest,
  engineAddress: string,
): Promise<messages.ConstructResponse> {
  if (request.getType() !== certManagerType)
    throw new Error(`unknown resource type ${request.getType()}; expected ${certManagerType}`);
  return runFor(callerOf(request, engineAddress), async () => {
    const inputs = await deserializeInputs(request.getInputs(), request.getInputdependenciesMap());
    const component = new CertManager(request.getName(), inputs as CertManagerInputs, optionsOf(request));
    const response = new messages.ConstructResponse();
    response.setUrn(await promise(component.urn));
    const outputs = await serialized(`construct(${request.getName()})`, { status: component.status });
    response.setState(structs.Struct.fromJavaScript(outputs as Record<string, structs.JavaScriptValue>));
    return response;
  });
}

function callerOf(request: messages.ConstructRequest, engine: string): Caller {
  return {
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    parallel: request.getParallel(),
    dryRun: request.getDryrun(),
    engine,
    monitor: request.getMonitorendpoint(),
    configuration: Object.fromEntries(request.getConfigMap().toArray()),
    secretKeys: request.getConfigsecretkeysList(),
  };
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
