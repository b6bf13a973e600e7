import { createAuthority, issue } from '../../certificates/index.ts';
import type { ApiObject } from '../kubernetes/client.ts';
import { type Effect, type EffectContext, objectPath, patchStatus } from './effects.ts';

const controller = { labels: { 'app.kubernetes.io/name': 'cert-manager' } };
const group = { group: 'cert-manager.io', version: 'v1' };

function readyCondition(object: ApiObject, reason: string, message: string) {
  return {
    type: 'Ready',
    status: 'True',
    reason,
    message,
    observedGeneration: object.metadata.generation,
    lastTransitionTime: new Date().toISOString(),
  };
}

/** The object is ready as it is now, not as it was a generation ago. */
function isReady({ metadata, status }: ApiObject): boolean {
  const conditions = (status?.conditions ?? []) as { type: string; status: string; observedGeneration?: number }[];
  return conditions.some(
    ({ type, status: value, observedGeneration }) =>
      type === 'Ready' && value === 'True' && observedGeneration === metadata.generation,
  );
}

function issuers(plural: 'issuers' | 'clusterissuers'): Effect {
  const resource = { ...group, plural };
  return {
    name: 'cert-manager',
    resource,
    needs: controller,
    async reconcile(object, context) {
      if (isReady(object)) return;
      const { spec } = object;
      // A CA issuer waits for the certificate that its secret is made by.
      if (spec.ca?.secretName) {
        const namespace = object.metadata.namespace ?? 'cert-manager';
        const secret = await context.client.find(`/api/v1/namespaces/${namespace}/secrets/${spec.ca.secretName}`);
        if (!secret?.data?.['tls.crt']) return 'waiting';
      }
      const condition = spec.acme
        ? readyCondition(object, 'ACMEAccountRegistered', 'The ACME account was registered with the ACME server')
        : readyCondition(object, spec.ca ? 'KeyPairVerified' : 'IsReady', 'Signing CA verified');
      await patchStatus(context.client, objectPath(resource, object), { conditions: [condition] });
      return undefined;
    },
  };
}

const certificates: Effect = {
  name: 'cert-manager',
  resource: { ...group, plural: 'certificates' },
  needs: controller,
  async reconcile(object, context) {
    const { metadata, spec } = object;
    const path = `/api/v1/namespaces/${metadata.namespace}/secrets`;
    const existing = await context.client.find(`${path}/${spec.secretName}`);
    if (isReady(object) && existing) return;
    if (!(await issuerIsReady(object, context))) return 'waiting';
    if (!existing) {
      const pair = spec.isCA
        ? await createAuthority(spec.commonName ?? metadata.name)
        : await issue(context.authority, {
            commonName: spec.commonName ?? spec.dnsNames?.[0] ?? metadata.name,
            dnsNames: spec.dnsNames,
            usage: 'server',
          });
      const base64 = (text: string) => Buffer.from(text).toString('base64');
      const ca = spec.isCA ? pair.cert : context.authority.cert;
      await context.client.ensure(path, {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: {
          name: spec.secretName,
          namespace: metadata.namespace,
          annotations: {
            'cert-manager.io/certificate-name': metadata.name,
            'cert-manager.io/issuer-name': spec.issuerRef?.name ?? '',
          },
        },
        data: { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key), 'ca.crt': base64(ca) },
      });
    }
    const now = Date.now();
    await patchStatus(context.client, objectPath(this.resource, object), {
      conditions: [readyCondition(object, 'Ready', 'Certificate is up to date and has not expired')],
      notBefore: new Date(now).toISOString().replace(/\.\d+Z/, 'Z'),
      notAfter: new Date(now + 90 * 24 * 3600 * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
      renewalTime: new Date(now + 60 * 24 * 3600 * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
      revision: 1,
    });
    return undefined;
  },
};

async function issuerIsReady({ metadata, spec }: ApiObject, { client }: EffectContext): Promise<boolean> {
  const { kind = 'Issuer', name } = spec.issuerRef ?? {};
  const path =
    kind === 'ClusterIssuer'
      ? `/apis/cert-manager.io/v1/clusterissuers/${name}`
      : `/apis/cert-manager.io/v1/namespaces/${metadata.namespace}/issuers/${name}`;
  const issuer = await client.find(path);
  return issuer !== undefined && isReady(issuer);
}

export const certManagerEffects: Effect[] = [issuers('clusterissuers'), issuers('issuers'), certificates];
