import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadEnvironment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import type { NodeCluster } from '../../infra/node/cluster.ts';
import { releases } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';

/** What the network layer of the demo says of itself, as far as machines need it. */
const network: NetworkOutputs = {
  environment: 'demo',
  region: 'eu-central-1',
  accountId: '111122223333',
  vpcId: 'vpc-1',
  cidr: '10.0.0.0/16',
  publicSubnetIds: {},
  privateSubnetIds: {},
  controllerSecurityGroupId: 'sg-1',
  workerSecurityGroupId: 'sg-2',
  hostedZoneId: 'Z1',
  apiEndpoint: 'kube-api.demo.example.com:6443',
  backupBucket: 'demo-backup-111122223333',
  kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  oidcIssuer: 'https://s3.eu-central-1.amazonaws.com/demo-oidc-111122223333/k8s/demo',
  oidcProviderArn: 'arn:aws:iam::111122223333:oidc-provider/demo',
  roleArns: {},
};

export const controllerB = {
  zone: 'eu-central-1b',
  nodeName: 'demo-controller-b',
  etcdVolumeId: 'vol-0123456789abcdef0',
};

/** The demo cluster at a release. */
export function demoAt(release: ReleaseId): NodeCluster {
  return { environment: loadEnvironment('demo', join(repositoryRoot, 'stacks')), network, release: releases[release]! };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many kinds
export type Any = any;

/** The document of a kind in a multi-document YAML text. */
export function documentOf(text: string, kind: string): Any {
  const found = parseAllDocuments(text)
    .map((document) => document.toJS() as Any)
    .find((document) => document.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}
