import type { z } from 'zod';
import type { ChartPin, ModuleId, Release } from '../releases/release.ts';

/** Any Kubernetes object, as YAML would have it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

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
}

/** One Helm chart of a module, rendered by the Kubernetes provider from the local chart cache. */
export interface ChartInstance {
  pin: ChartPin;
  /** Helm release name; upstream object names carry it. KubeZero uses the module's name. */
  releaseName: string;
  values: Record<string, unknown>;
  /** `component`: delivered through `@pulumi/kubernetes-cert-manager` instead of object by object. */
  delivery?: 'objects' | 'cert-manager-component';
}

/** Custom resource definitions: from a chart's `crds/` folder, from its templates under a value, or inline. */
export type CrdSource =
  | { from: 'chart'; pin: ChartPin }
  | { from: 'template'; pin: ChartPin; values: Record<string, unknown> }
  | { from: 'objects'; objects: KubernetesObject[] };

/** What a module is in the cluster at one release: the result of {@link ModuleDefinition.manifest}. */
export interface ModuleManifest {
  namespace: { name: string; labels?: Record<string, string> };
  charts: ChartInstance[];
  /** KubeZero's own objects. */
  objects: KubernetesObject[];
  /** `Kind/name` of workloads the rest of the module needs running first (e.g. `Deployment/cert-manager-webhook` before issuers). */
  awaited?: string[];
}

export interface ModuleContext {
  release: Release;
  /** This module's values from application.yaml, validated against its schema, defaults filled in. */
  values: Record<string, unknown>;
  /** All of application.yaml's values, for what one module learns from another (metrics on: ServiceMonitors). */
  all: Record<string, unknown>;
  facts: ClusterFacts;
}

/** A KubeZero module: declaration, values schema, and the pure function to its manifest. */
export interface ModuleDefinition {
  id: ModuleId;
  /** One sentence for docs and `--help`. */
  purpose: string;
  /** Modules that must be deployed before this one. */
  dependsOn: ModuleId[];
  /** Values schema of this module's key in application.yaml, by release where it differs. */
  values: (release: Release) => z.ZodType<Record<string, unknown>>;
  crds(context: Pick<ModuleContext, 'release' | 'values' | 'all'>): CrdSource[];
  manifest(context: ModuleContext): ModuleManifest;
}
