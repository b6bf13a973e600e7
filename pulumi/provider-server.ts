import * as grpc from '@grpc/grpc-js';
import services, { type IResourceProviderServer } from '@pulumi/pulumi/proto/provider_grpc_pb.js';

/** Handlers of the calls that an engine makes: the compiler holds them to the protocol. */
export type ProviderHandlers = {
  [Call in keyof IResourceProviderServer as string extends Call ? never : Call]?: IResourceProviderServer[Call];
};

/**
 * Serves a resource provider to the Pulumi engine, which attaches it by `PULUMI_DEBUG_PROVIDERS=<package>:<port>`.
 * @param address absent: 127.0.0.1, where the engine dials attached providers, whatever address the sandbox has.
 */
export async function serveHandlers(
  handlers: ProviderHandlers,
  address = '127.0.0.1',
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(services.ResourceProviderService, handlers as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:0`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: async () => server.forceShutdown() };
}

/**
 * Turns a function into a gRPC handler. `peer` tells one connection of the engine from another.
 * @param detailsOf gRPC metadata that a failure travels with.
 */
export function unary<Request, Response>(
  handle: (request: Request, peer: string) => Response | Promise<Response>,
  detailsOf: (failure: Error) => grpc.Metadata = () => new grpc.Metadata(),
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request, call.getPeer()))
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          const failure = error instanceof Error ? error : new Error(String(error));
          const metadata = detailsOf(failure);
          callback(Object.assign(failure, { code: grpc.status.UNKNOWN, details: failure.message, metadata }));
        },
      );
  };
}
