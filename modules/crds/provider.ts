import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { type ProviderHandlers, serveHandlers, unary } from '../../pulumi/provider-server.ts';
import { CrdApi } from './api.ts';
import { applyCrd, type CrdState, deleteCrd, difference, readCrd } from './lifecycle.ts';
import type { PackedCrd } from './packed.ts';

/** The plugin's name as the engine knows it: that of our package. */
export const pluginName = 'kubezero';

const version = '1.0.0';

/**
 * Serves the provider of custom resource definitions to the Pulumi engine: several engines at once, each with the cluster
 * of the provider resources of its program.
 * @param kubeconfig  file that has those clusters; default: what `KUBECONFIG` says
 */
export async function serveCrds(kubeconfig?: string): Promise<{ port: number; stop(): Promise<void> }> {
  return serveHandlers(handlers(kubeconfig));
}

function handlers(kubeconfig: string | undefined): ProviderHandlers {
  /** Each engine connects anew for each provider of its program, and configures that connection. */
  const clusters = new Map<string, { api: Promise<CrdApi>; interruption: AbortController }>();
  const api = (peer: string): Promise<CrdApi> => {
    const found = clusters.get(peer)?.api;
    if (!found)
      throw new Error('the engine’s connection to the provider of definitions was lost: run the same command again');
    return found;
  };
  return {
    handshake: unary(() => new messages.ProviderHandshakeResponse()),
    attach: unary(() => new empties.Empty()),
    // Of one engine: another one's update goes on.
    cancel: unary((_, peer) => {
      clusters.get(peer)?.interruption.abort(new Error('the update was interrupted'));
      return new empties.Empty();
    }),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema('{}')),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),
    checkConfig: unary((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    // Which kubeconfig an operator uses says nothing about the objects; nor does it that another provider had them before.
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary((request: messages.ConfigureRequest, peer) => {
      const { context } = plain(request.getArgs()) as { context?: string };
      const interruption = new AbortController();
      const opened = openApi({ context, kubeconfig }, interruption.signal);
      // Said when the first object needs it: a program without any must not fail for it.
      opened.catch(() => undefined);
      clusters.set(peer, { api: opened, interruption });
      return new messages.ConfigureResponse().setSupportspreview(true);
    }),
    check: unary((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diff: unary((request: messages.DiffRequest) => {
      const properties = difference(plain(request.getOldInputs()), plain(request.getNews()) as unknown as PackedCrd);
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse();
      response.setChanges(properties.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(properties);
      return response;
    }),
    create: unary(async (request: messages.CreateRequest, peer) => {
      const inputs = plain(request.getProperties()) as unknown as PackedCrd;
      const dryRun = request.getPreview();
      const state = await applyCrd(await api(peer), inputs, { dryRun, within: within(request) });
      const response = new messages.CreateResponse().setProperties(struct(dryRun ? {} : state));
      return dryRun ? response : response.setId(inputs.name);
    }),
    read: unary(async (request: messages.ReadRequest, peer) => {
      const inputs = plain(request.getInputs()) as unknown as PackedCrd;
      const found = await readCrd(await api(peer), inputs, plain(request.getProperties()));
      const response = new messages.ReadResponse();
      if (!found) return response;
      return response.setId(request.getId()).setInputs(struct(found.inputs)).setProperties(struct(found.state));
    }),
    update: unary(async (request: messages.UpdateRequest, peer) => {
      const inputs = plain(request.getNews()) as unknown as PackedCrd;
      const options = { dryRun: request.getPreview(), before: plain(request.getOlds()), within: within(request) };
      const state = await applyCrd(await api(peer), inputs, options);
      return new messages.UpdateResponse().setProperties(struct(state));
    }),
    delete: unary(async (request: messages.DeleteRequest, peer) => {
      const inputs = plain(request.getOldInputs()) as unknown as PackedCrd;
      await deleteCrd(await api(peer), inputs, plain(request.getProperties()) as unknown as CrdState);
      return new empties.Empty();
    }),
  };
}

/** The cluster behind a context of the kubeconfig of whoever runs the update. */
async function openApi(
  { context, kubeconfig }: { context?: string; kubeconfig?: string },
  signal: AbortSignal,
): Promise<CrdApi> {
  // A large package, which most commands have no use for.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig) config.loadFromFile(kubeconfig);
  else config.loadFromDefault();
  if (context) config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new Error(`no cluster in the kubeconfig for context "${context}": set KUBECONFIG to a file that has it`);
  return new CrdApi(config, signal);
}

/** A resource's own time limit, in milliseconds. */
function within(request: { getTimeout(): number }): number | undefined {
  return request.getTimeout() > 0 ? request.getTimeout() * 1000 : undefined;
}

function plain(value: structs.Struct | undefined): Record<string, unknown> {
  return value ? value.toJavaScript() : {};
}

function struct(properties: object): structs.Struct {
  // Undefined fields can't be carried: JSON drops them.
  return structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)));
}
