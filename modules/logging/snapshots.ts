import { roleArn } from '../conventions.ts';
import type { ClusterFacts, KubernetesObject } from '../definition.ts';
import { atLeast } from './elastic-version.ts';
import type { LoggingValues } from './schema.ts';

/** Service account of Elasticsearch's pods where they take on a role; the role's trust policy names it. */
const serviceAccount = 'elasticsearch-snapshots';

/** The plugin may read files of its own directory only, so that is where the token is. */
const pluginDirectory = '/usr/share/elasticsearch/config/repository-s3';
const token = 'aws-web-identity-token-file';

/** How Elasticsearch gets at its S3 repository, by where it goes into the custom resource. */
export interface SnapshotAccess {
  objects: KubernetesObject[];
  /** Plugin of Elasticsearch to install first. */
  plugin?: string;
  annotations?: Record<string, string>;
  pod?: { serviceAccountName: string; volumes: object[] };
  env: object[];
  volumeMounts: object[];
  secureSettings?: { secretName: string }[];
}

interface Surroundings {
  namespace: string;
  labels: Record<string, string>;
  facts: ClusterFacts;
}

/**
 * Access to S3 for snapshots. From Elasticsearch 8.1 on with a role through the cluster's OIDC issuer. Before that its
 * S3 plugin knows keys in a secret, and what Kiam hands out (1.21 only) or the machine itself has.
 */
export function snapshotAccess(
  { version, es: { s3Snapshot } }: LoggingValues,
  { namespace, labels, facts }: Surroundings,
): SnapshotAccess {
  const { enabled, iamrole, credentialsSecret } = s3Snapshot;
  const access: SnapshotAccess = {
    objects: [],
    env: [],
    volumeMounts: [],
    // Part of Elasticsearch itself from 8.0 on.
    ...(enabled && !atLeast(version, 8, 0) ? { plugin: 'repository-s3' } : {}),
    ...(enabled && credentialsSecret ? { secureSettings: [{ secretName: credentialsSecret }] } : {}),
  };
  if (!atLeast(version, 8, 1)) {
    return iamrole ? { ...access, annotations: { 'iam.amazonaws.com/role': iamrole } } : access;
  }
  const role = enabled && !credentialsSecret ? roleArn(facts, 'elasticsearch', iamrole) : '';
  if (!role) return access;
  return {
    ...access,
    objects: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace, labels } }],
    pod: {
      serviceAccountName: serviceAccount,
      volumes: [
        {
          name: 'aws-token',
          projected: {
            sources: [
              { serviceAccountToken: { path: token, expirationSeconds: 86400, audience: 'sts.amazonaws.com' } },
            ],
          },
        },
      ],
    },
    env: [
      { name: 'AWS_ROLE_ARN', value: role },
      { name: 'AWS_ROLE_SESSION_NAME', value: 'elasticsearch' },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${pluginDirectory}/${token}` },
      { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
      { name: 'AWS_REGION', value: facts.region },
    ],
    volumeMounts: [{ name: 'aws-token', mountPath: pluginDirectory, readOnly: true }],
  };
}
