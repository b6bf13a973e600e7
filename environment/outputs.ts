import type { DeliveryPhase } from '../modules/delivery/index.ts';
import type { ModuleId, ReleaseId } from '../releases/release.ts';

/** Layers of an environment, in the order they are brought up. One Pulumi stack each, named `<environment>-<layer>`. */
export const layers = ['network', 'controllers', 'workers', 'modules'] as const;
export type Layer = (typeof layers)[number];

/** Layers that must be deployed before a layer's program can run: it reads their outputs. */
export const upstreamOf: Record<Layer, readonly Layer[]> = {
  network: [],
  controllers: ['network'],
  workers: ['network'],
  modules: ['network', 'controllers'],
};

/** What the network layer exports. Maps keyed by zone have one entry per availability zone of the environment. */
export interface NetworkOutputs {
  environment: string;
  region: string;
  accountId: string;
  vpcId: string;
  cidr: string;
  publicSubnetIds: Record<string, string>;
  privateSubnetIds: Record<string, string>;
  controllerSecurityGroupId: string;
  workerSecurityGroupId: string;
  hostedZoneId: string;
  /** `host:port` of the API servers, e.g. `kube-api.demo.example.com:6443`. */
  apiEndpoint: string;
  /** Bucket with etcd snapshots, cluster PKI and the OIDC documents. Protected, retained. */
  backupBucket: string;
  kmsKeyArn: string;
  /** Issuer URL of service account tokens, and the IAM OIDC provider that trusts it. */
  oidcIssuer: string;
  oidcProviderArn: string;
  /** Role ARN by consumer, e.g. `cert-manager`, `aws-ebs-csi-driver`, `external-dns`, `forseti`, `aws-node-termination-handler`. */
  roleArns: Record<string, string>;
}

export interface ControllersOutputs {
  release: ReleaseId;
  kubernetesVersion: string;
  imageId: string;
  /** By zone. */
  autoScalingGroups: Record<string, string>;
  launchTemplates: Record<string, { id: string; version: number }>;
  etcdVolumeIds: Record<string, string>;
  /** Stable node (and etcd member) name by zone, `<environment>-controller-<zone letter>`. */
  nodeNames: Record<string, string>;
}

export interface WorkerGroupOutputs {
  autoScalingGroup: string;
  launchTemplateId: string;
  launchTemplateVersion: number;
  /** Sizes that environment.yaml asks for, without surge. */
  desired: number;
  min: number;
  max: number;
}

export interface WorkersOutputs {
  release: ReleaseId;
  kubernetesVersion: string;
  imageId: string;
  surge: boolean;
  /** By worker group name. */
  groups: Record<string, WorkerGroupOutputs>;
}

export interface ModulesOutputs {
  /** Release each enabled module, and each module's CRDs, is deployed at. */
  releases: Partial<Record<ModuleId, ReleaseId>>;
  crds: Partial<Record<ModuleId, ReleaseId>>;
  /** Namespace each enabled module's workloads are in. */
  namespaces: Partial<Record<ModuleId, string>>;
  /** Who delivers each module; absent where the stack was last updated before there was a choice. */
  delivery?: Partial<Record<ModuleId, DeliveryPhase>>;
}

/** Desired state of the layers that follow a release; kept in the stack's Pulumi configuration (namespace `kubezero`). */
export interface DesiredState {
  controllers: { release: ReleaseId };
  workers: { release: ReleaseId; surge: boolean };
  modules: { releases: Partial<Record<ModuleId, ReleaseId>>; crds: Partial<Record<ModuleId, ReleaseId>> };
}

/** Outputs of each layer's stack. */
export interface LayerOutputs {
  network: NetworkOutputs;
  controllers: ControllersOutputs;
  workers: WorkersOutputs;
  modules: ModulesOutputs;
}
