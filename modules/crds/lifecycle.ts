import type { KubernetesObject } from '../definition.ts';
import { ApiRefusal, type CrdApi, type LiveCrd } from './api.ts';
import { observed } from './observed.ts';
import { crdDigest, isPacked, type PackedCrd, packCrd, unpackCrd } from './packed.ts';

/** Outputs of a definition's resource; its inputs are a {@link PackedCrd}. */
export interface CrdState {
  uid: string;
  /** Digest of what the cluster had of the fields that were applied, right after that. */
  accepted: string;
  /** Name in which the fields were applied. */
  manager: string;
}

/** What of the API server is needed here. */
type Api = Pick<CrdApi, 'find' | 'apply' | 'delete'>;

/** Name under which fields of a definition are applied where nobody of ours has applied any yet. */
const ownManager = 'kubezero';

/** How long a definition may take until objects of its kind are accepted, in milliseconds. */
const establishedWithin = 300_000;

/** What differs, by the properties of a {@link PackedCrd}; none where both are the same definition, however it was packed. */
export function difference(before: object, after: PackedCrd): ('digest' | 'packed' | 'versions')[] {
  // The state is of the Kubernetes provider still.
  if (!isPacked(before)) return ['packed'];
  if (before.digest === after.digest) return [];
  return String(before.versions) === String(after.versions) ? ['digest'] : ['digest', 'versions'];
}

/**
 * Brings the cluster to a definition and waits until objects of its kind are accepted. A definition that is there already is
 * changed in place, whoever made it.
 * @param dryRun  only ask the API server whether it would take it
 * @param before  outputs of the resource until now
 */
export async function applyCrd(
  api: Api,
  inputs: PackedCrd,
  { dryRun, before = {}, within = establishedWithin }: { dryRun: boolean; before?: EarlierState; within?: number },
): Promise<CrdState> {
  const crd = unpackCrd(inputs);
  const manager = managerOf(before);
  const live = await api.apply(crd, { manager, dryRun });
  if (!dryRun) await established(api, crd, within);
  return stateOf(crd, live, manager);
}

/** A definition as the cluster has it; undefined where it is gone. */
export async function readCrd(
  api: Api,
  inputs: PackedCrd,
  state: Partial<CrdState>,
): Promise<{ inputs: PackedCrd; state: Partial<CrdState> } | undefined> {
  const crd = unpackCrd(inputs);
  const live = await findAtAnyVersion(api, crd);
  if (!live) return undefined;
  // At another version of the API it reads differently: all that can be told is that it is there.
  if (live.apiVersion !== crd.apiVersion) return { inputs, state: { ...state, uid: live.metadata.uid } };
  const now = stateOf(crd, live, managerOf(state));
  if (now.accepted === state.accepted) return { inputs, state: now };
  return { inputs: packCrd(observed(crd, live) as KubernetesObject), state: now };
}

/** Deletes a definition, and with it every object of its kind. One that is gone, or another one of that name, is no error. */
export async function deleteCrd(api: Api, inputs: PackedCrd, { uid }: CrdState): Promise<void> {
  const crd = unpackCrd(inputs);
  const live = await findAtAnyVersion(api, crd);
  if (live?.metadata.uid === uid) await api.delete(live.apiVersion, inputs.name, uid);
}

function stateOf(crd: KubernetesObject, live: LiveCrd, manager: string): CrdState {
  return { uid: live.metadata.uid, accepted: crdDigest(observed(crd, live) as KubernetesObject), manager };
}

/** Outputs of a definition's resource as the state has them: ours, or those of the Kubernetes provider. */
type EarlierState = Partial<CrdState> & { __fieldManager?: string };

/**
 * Who applied the fields before goes on to do so: another name would share them with that one, and a field that a later
 * definition leaves out would stay. The Kubernetes provider gave each object a name of its own.
 */
function managerOf({ manager, __fieldManager }: EarlierState): string {
  return manager ?? __fieldManager ?? ownManager;
}

/** The definition by the version that it was applied at, or where that isn't served any more, by the current one. */
async function findAtAnyVersion(api: Api, { apiVersion, metadata }: KubernetesObject): Promise<LiveCrd | undefined> {
  try {
    return await api.find(apiVersion, metadata.name);
  } catch (error) {
    const current = 'apiextensions.k8s.io/v1';
    if (!(error instanceof ApiRefusal) || error.status !== 404 || apiVersion === current) throw error;
    return api.find(current, metadata.name);
  }
}

async function established(
  api: Api,
  { apiVersion, metadata: { name } }: KubernetesObject,
  within: number,
): Promise<void> {
  const until = performance.now() + within;
  for (;;) {
    const live = await api.find(apiVersion, name);
    const conditions = live?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (performance.now() > until) {
      const reason = conditions.find(({ status }) => status === 'False')?.message ?? 'the API server gives no reason';
      throw new Error(
        `CustomResourceDefinition ${name} isn't established after ${Math.round(within / 1000)} s: ${reason}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
