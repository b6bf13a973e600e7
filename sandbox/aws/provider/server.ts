import * as grpc from '@grpc/grpc-js';
import plugins from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import statuses from '@pulumi/pulumi/proto/status_pb.js';
import anys from 'google-protobuf/google/protobuf/any_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { type ProviderHandlers, serveHandlers, unary as unaryHandler } from '../../../pulumi/provider-server.ts';
import type { Account } from '../account.ts';
import { callFunction } from './functions.ts';
import {
  checkInputs,
  createResource,
  deleteResource,
  difference,
  PartialFailure,
  previewCreation,
  previewUpdate,
  type Resource,
  readResource,
  updateResource,
} from './lifecycle.ts';
import { compact, type Properties } from './values.ts';

/** Version of @pulumi/aws that the simulated provider stands in for. */
const version = '7.48.0';

type Struct = structs.Struct;

/** Provider configuration; the engine connects once per configured provider. */
interface Configuration {
  defaultTags: Record<string, string>;
}

/** Serves the account to the Pulumi engine as provider `aws`; attach it with `PULUMI_DEBUG_PROVIDERS=aws:<port>`. */
export async function serveProvider(account: Account): Promise<{ port: number; stop(): Promise<void> }> {
  return serveHandlers(handlers(account));
}

function handlers(account: Account): ProviderHandlers {
  const configurations = new Map<string, Configuration>();
  return {
    handshake: unary(() => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      return response;
    }),
    attach: unary(() => new empties.Empty()),
    cancel: unary(() => new empties.Empty()),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
    checkConfig: unary((request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      const { region } = plain(request.getNews());
      if (typeof region === 'string' && region !== account.region)
        response.setFailuresList([
          failure('region', `the sandbox's account is in ${account.region}, not in ${region}`),
        ]);
      return response;
    }),
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary((request: messages.ConfigureRequest, peer) => {
      configurations.set(peer, { defaultTags: defaultTagsOf(plain(request.getArgs())) });
      const response = new messages.ConfigureResponse();
      response.setSupportspreview(true);
      response.setAcceptsecrets(false);
      response.setAcceptresources(false);
      response.setAcceptoutputs(false);
      return response;
    }),
    invoke: unary((request: messages.InvokeRequest) => {
      const response = new messages.InvokeResponse();
      response.setReturn(struct(callFunction(account, request.getTok(), plain(request.getArgs()))));
      return response;
    }),
    check: unary((request: messages.CheckRequest, peer) => {
      const { inputs, failures } = checkInputs(
        account,
        resourceOf(request),
        plain(request.getOlds()),
        plain(request.getNews()),
        {
          defaultTags: configurations.get(peer)?.defaultTags ?? {},
          randomSeed: request.getRandomseed_asU8(),
        },
      );
      const response = new messages.CheckResponse();
      response.setInputs(struct(inputs));
      response.setFailuresList(failures.map(({ property, reason }) => failure(property, reason)));
      return response;
    }),
    diff: unary((request: messages.DiffRequest) => {
      const olds = plain(request.getOldInputs() ?? request.getOlds());
      return diffResponse(difference(resourceOf(request), olds, plain(request.getNews())));
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const inputs = plain(request.getProperties());
      const response = new messages.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(struct(previewCreation(account, resourceOf(request), inputs)));
        return response;
      }
      const { id, state } = await createResource(account, resourceOf(request), inputs, request.getTimeout());
      response.setId(id);
      response.setProperties(struct(state));
      return response;
    }),
    read: unary((request: messages.ReadRequest) => {
      const response = new messages.ReadResponse();
      const found = readResource(account, resourceOf(request), request.getId(), plain(request.getInputs()));
      if (!found) return response;
      response.setId(request.getId());
      response.setProperties(struct(found.state));
      response.setInputs(struct(found.inputs));
      return response;
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const resource = resourceOf(request);
      const before = { state: plain(request.getOlds()), inputs: plain(request.getOldInputs() ?? request.getOlds()) };
      const news = plain(request.getNews());
      const response = new messages.UpdateResponse();
      const state = request.getPreview()
        ? previewUpdate(account, resource, before, news)
        : await updateResource(account, resource, request.getId(), before, news, request.getTimeout());
      response.setProperties(struct(state));
      return response;
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await deleteResource(account, resourceOf(request), request.getId(), plain(request.getProperties()));
      return new empties.Empty();
    }),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema('{}')),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),
  };
}

/** A handler whose failure may leave a resource half made: the engine is told what of it is there. */
function unary<Request, Response>(handle: (request: Request, peer: string) => Response | Promise<Response>) {
  return unaryHandler(handle, partialDetails);
}

function partialDetails(failure: Error): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (failure instanceof PartialFailure) {
    const detail = new messages.ErrorResourceInitFailed();
    detail.setId(failure.id);
    detail.setProperties(struct(failure.state));
    detail.setReasonsList([failure.message]);
    const any = new anys.Any();
    any.pack(detail.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
    const status = new statuses.Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(failure.message);
    status.addDetails(any);
    // How gRPC carries typed error details; grpc-js has no call for it.
    metadata.add('grpc-status-details-bin', Buffer.from(status.serializeBinary()));
  }
  return metadata;
}

function diffResponse({
  changes,
  replaces,
  deleteBeforeReplace,
}: ReturnType<typeof difference>): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(replaces);
  response.setDiffsList([...new Set(changes.map(({ property }) => property))]);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  const kinds = messages.PropertyDiff.Kind;
  for (const { path, property, kind } of changes) {
    const replace = replaces.includes(property);
    const detail = new messages.PropertyDiff();
    if (kind === 'add') detail.setKind(replace ? kinds.ADD_REPLACE : kinds.ADD);
    else if (kind === 'delete') detail.setKind(replace ? kinds.DELETE_REPLACE : kinds.DELETE);
    else detail.setKind(replace ? kinds.UPDATE_REPLACE : kinds.UPDATE);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

/** `urn:pulumi:stack::project::parent$aws:ec2/vpc:Vpc::name` */
function resourceOf(request: { getUrn(): string }): Resource {
  const [, , types = '', ...name] = request.getUrn().split('::');
  return { type: types.split('$').at(-1) ?? '', name: name.join('::') };
}

/** The engine sends nested configuration as JSON text. */
function defaultTagsOf({ defaultTags }: Properties): Record<string, string> {
  const parsed = typeof defaultTags === 'string' ? JSON.parse(defaultTags) : defaultTags;
  return parsed?.tags ?? {};
}

function plain(value: Struct | undefined): Properties {
  return value ? (value.toJavaScript() as Properties) : {};
}

function struct(properties: Properties): Struct {
  // Undefined fields inside lists and maps can't be carried either: JSON drops them.
  return structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(compact(properties))));
}

function failure(property: string, reason: string): messages.CheckFailure {
  const result = new messages.CheckFailure();
  result.setProperty(property);
  result.setReason(reason);
  return result;
}
