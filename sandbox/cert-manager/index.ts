import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { type ProviderHandlers, serveHandlers, unary } from '../../pulumi/provider-server.ts';
import { construct } from './construct.ts';

/** Version of @pulumi/kubernetes-cert-manager that this stands in for. */
const version = '0.2.0';

/**
 * Stands in for the component provider `kubernetes-cert-manager`, whose plugin a rehearsal can't count on; attach it with
 * `PULUMI_DEBUG_PROVIDERS=kubernetes-cert-manager:<port>`. Several may run in one process, each used by several engines at once.
 */
export async function startCertManagerProvider(
  options: {
    /** The engine dials attached providers on 127.0.0.1: absent, that. */
    address?: string;
  } = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  return serveHandlers(handlers(), options.address);
}

function handlers(): ProviderHandlers {
  /** Each engine connects anew and says where it can be reached. */
  const engines = new Map<string, string>();
  return {
    handshake: unary((request: messages.ProviderHandshakeRequest, peer) => {
      engines.set(peer, request.getEngineAddress());
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      response.setAcceptOutputs(true);
      return response;
    }),
    attach: unary((request: plugins.PluginAttach, peer) => {
      engines.set(peer, request.getAddress());
      return new empties.Empty();
    }),
    cancel: unary(() => new empties.Empty()),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema('{}')),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),
    checkConfig: unary((request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews() ?? new structs.Struct());
      return response;
    }),
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary(() => {
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setAcceptoutputs(true);
      response.setSupportspreview(true);
      return response;
    }),
    construct: unary((request: messages.ConstructRequest, peer) => construct(request, engines.get(peer) ?? '')),
  };
}
