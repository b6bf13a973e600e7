import { issue, type KeyPair } from '../../certificates/index.ts';
import { registerSecret } from '../report/redacting.ts';

/** What Kubernetes clients read from a credential plugin. */
export interface ExecCredential {
  apiVersion: string;
  kind: 'ExecCredential';
  status: { expirationTimestamp: string; clientCertificateData: string; clientKeyData: string };
}

/** How long a certificate is good for. API servers know no revocation: short. */
const validMilliseconds = 3600_000;
/** Clients ask for another one this much before it ends. */
const marginMilliseconds = 60_000;

/**
 * A client certificate of a cluster administrator (`system:masters`), good for an hour. Audit logs show the user
 * `kubezero:<ARN>`.
 * @param arn AWS identity of who asks
 * @param apiVersion of the client that asks, see {@link requestedVersion}
 */
export async function clientCredential(authority: KeyPair, arn: string, apiVersion: string): Promise<ExecCredential> {
  const expires = Date.now() + validMilliseconds - marginMilliseconds;
  const { cert, key } = await issue(authority, {
    commonName: `kubezero:${arn}`,
    organization: 'system:masters',
    usage: 'client',
    validMilliseconds,
  });
  registerSecret(key);
  return {
    apiVersion,
    kind: 'ExecCredential',
    status: {
      expirationTimestamp: new Date(expires).toISOString(),
      clientCertificateData: cert,
      clientKeyData: key,
    },
  };
}

const group = 'client.authentication.k8s.io';

/** Version of the plugin protocol that a client asks for (`KUBERNETES_EXEC_INFO`); v1beta1 where it doesn't say. */
export function requestedVersion({ KUBERNETES_EXEC_INFO: info }: NodeJS.ProcessEnv): string {
  try {
    const { apiVersion } = JSON.parse(info ?? '{}') as { apiVersion?: unknown };
    if (typeof apiVersion === 'string' && new RegExp(`^${group}/v1(alpha1|beta1)?$`).test(apiVersion))
      return apiVersion;
  } catch {
    // Not what clients write.
  }
  return `${group}/v1beta1`;
}
