import type { z } from 'zod';
import type { Path } from '../errors/schema-problems.ts';
import { type ReleaseRange, releasesWithin } from '../releases/range.ts';
import type { ChartPin, ModuleId, Release, ReleaseId } from '../releases/release.ts';

/** Any Kubernetes object, as YAML would have it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** A tree of Helm values. */
export type Values = Record<string, unknown>;

/** What a module may know about the cluster it is rendered for; from the outputs of the infrastructure layers. */
export interface ClusterFacts {
  clusterName: string;
  region: string;
  accountId: string;
  zones: string[];
  /** `host:port` of the API servers. */
  apiEndpoint: string;
  oidcIssuer: string;
  backupBucket: string;
  /** IAM role ARN by consumer, see `NetworkOutputs.roleArns`. */
  roleArns: Record<string, string>;
  /** Kubernetes version the API servers are at, for charts that branch on it. */
  kubernetesVersion: string;
  /** Where the API servers ask aws-iam-authenticator who someone is, and the role whose holders administrate the cluster. */
  awsIamAuthenticator?: { adminRole?: string };
}

/** One Helm chart of a module, rendered by the Kubernetes provider from the local chart cache. */
export interface ChartInstance {
  pin: ChartPin;
  /** Helm release name; upstream object names carry it. KubeZero uses the module's name. */
  releaseName: string;
  values: Values;
  /**
   * What KubeZero's patched copy of the chart changes and no value can: applied to each rendered object; returning
   * undefined leaves the object out.
   */
  patch?: (object: KubernetesObject) => KubernetesObject | undefined;
  /** `component`: delivered through `@pulumi/kubernetes-cert-manager` instead of object by object. */
  delivery?: 'objects' | 'cert-manager-component';
}

/** Custom resource definitions: from a chart's `crds/` folder, from its templates under a value, or inline. */
export type CrdSource =
  | { from: 'chart'; pin: ChartPin }
  | { from: 'template'; pin: ChartPin; values: Values }
  | { from: 'objects'; objects: KubernetesObject[] };

/** A workload or other object that objects of the module need first, and what to wait for on it. */
export interface Awaited {
  /** `Kind/name`, in the module's namespace, e.g. `Deployment/cert-manager-webhook`. */
  object: string;
  apiVersion: string;
  /** As of `kubectl wait --for`: `condition=Available` or `jsonpath={...}`. */
  until: string;
}

/** What a module is in the cluster at one release: the result of {@link ModuleDefinition.manifest}. */
export interface ModuleManifest {
  namespace: { name: string; labels?: Record<string, string> };
  charts: ChartInstance[];
  /** KubeZero's own objects. */
  objects: KubernetesObject[];
  /** What the module's custom resources need running first (e.g. cert-manager's webhook before issuers). */
  awaited?: Awaited[];
}

export interface ModuleContext<V = Values> {
  release: Release;
  /** This module's values from application.yaml, validated against its schema, defaults filled in. */
  values: V;
  /** All of application.yaml's values, for what one module learns from another (metrics on: ServiceMonitors). */
  all: Values;
  facts: ClusterFacts;
}

/** A key of KubeZero's own values that is not supported here, at the releases of its range: refused with the reason, and listed in the docs. */
export interface RefusedKey extends ReleaseRange {
  /**
   * Dotted path below the module's key, e.g. `snapshotController.enabled`; refuses everything below it too. `*` stands
   * for any key and any entry of a list: `es.nodeSets.*.config`.
   */
  key: string;
  /** What the operator should know or do instead: the end of a sentence that starts with the key. */
  why: string;
}

/** Another module that must be on for what a module renders: the API server takes a custom resource only once its kind is defined. */
export interface Requirement<V> {
  module: ModuleId;
  /** Where in the module's values the need comes from; undefined: there is none. Default: it is always needed. */
  from?: (values: V) => Path | undefined;
}

/** A KubeZero module: declaration, values schema, and the pure function to its manifest. */
export interface ModuleDefinition {
  id: ModuleId;
  /** One sentence for docs and `--help`. */
  purpose: string;
  /** Modules that are deployed before this one where they are on. */
  dependsOn: ModuleId[];
  requires: Requirement<Values>[];
  /** Releases that have this module, oldest first. */
  releases: ReleaseId[];
  /** Values schema of this module's key in application.yaml, by release where it differs. */
  values: (release: Release) => z.ZodType<Values>;
  refused: RefusedKey[];
  crds(context: ModuleContext): CrdSource[];
  manifest(context: ModuleContext): ModuleManifest;
}

/** How a module is written down: {@link ModuleDefinition} with the type of its own values. Its range: the releases that have it. */
export interface ModuleDeclaration<V> extends ReleaseRange {
  id: ModuleId;
  purpose: string;
  dependsOn: ModuleId[];
  /** Default: none. */
  requires?: Requirement<V>[];
  values: (release: Release) => z.ZodType<V>;
  /** Default: none. */
  refused?: RefusedKey[];
  crds?: (context: ModuleContext<V>) => CrdSource[];
  manifest: (context: ModuleContext<V>) => ModuleManifest;
}

/** Declares a module; its functions get its values with their type. */
export function defineModule<V extends object>(declaration: ModuleDeclaration<V>): ModuleDefinition {
  return {
    refused: [],
    requires: [],
    crds: () => [],
    ...(declaration as unknown as Omit<ModuleDefinition, 'releases' | 'refused' | 'requires' | 'crds'>),
    releases: releasesWithin(declaration),
  };
}
