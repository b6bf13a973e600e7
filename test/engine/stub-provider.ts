import * as grpc from '@grpc/grpc-js';
import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';

export interface StubProvider {
  port: number;
  /** Properties of what was created, by type token and name in the program. */
  created: Map<string, Record<string, unknown>>;
  stop(): Promise<void>;
}

/**
 * A provider that agrees to everything, but to what is named `refused...`, and remembers it: stands in for `kubernetes`
 * where no cluster is needed.
 */
export async function startStubProvider(version: string): Promise<StubProvider> {
  const created: StubProvider['created'] = new Map();
  const server = new grpc.Server();
  const answer =
    <Request, Response>(handle: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> =>
    (call, callback) =>
      callback(null, handle(call.request));
  server.addService(services.ResourceProviderService, {
    handshake: answer(() => new messages.ProviderHandshakeResponse()),
    attach: answer(() => new empties.Empty()),
    cancel: answer(() => new empties.Empty()),
    getPluginInfo: answer(() => new plugins.PluginInfo().setVersion(version)),
    checkConfig: answer((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diffConfig: answer(() => new messages.DiffResponse()),
    configure: answer(() => new messages.ConfigureResponse().setSupportspreview(true)),
    check: answer((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diff: answer(() => new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE)),
    create: ((call, callback) => {
      const { request } = call;
      const properties = request.getProperties()?.toJavaScript() ?? {};
      const response = new messages.CreateResponse();
      const status = { status: 'deployed', name: String(properties.name), revision: 1 };
      response.setProperties(structs.Struct.fromJavaScript({ ...properties, status }));
      const [, , types = '', name = ''] = request.getUrn().split('::');
      if (request.getPreview()) callback(null, response);
      else if (name.startsWith('refused')) callback({ code: grpc.status.UNKNOWN, details: `${name} is refused` });
      else {
        created.set(`${types.split('$').at(-1)} ${name}`, properties);
        callback(null, response.setId(name));
      }
    }) satisfies grpc.handleUnaryCall<messages.CreateRequest, messages.CreateResponse>,
    delete: answer(() => new empties.Empty()),
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, created, stop: async () => server.forceShutdown() };
}
