import type { ApiObject } from '../kubernetes/client.ts';
import { type Effect, type EffectContext, objectPath } from './effects.ts';
import { isServed } from './egress.ts';

interface ClientConfig {
  caBundle?: string;
  service?: { name: string; namespace: string };
}

/** The CA that the answers of a service are signed by, once the service is up; undefined: leave what is there. */
function wantedBundle(config: ClientConfig | undefined, { view, authority }: EffectContext): string | undefined {
  if (!config?.service) return undefined;
  const service = view.services.get(config.service.namespace, config.service.name);
  if (!service || !isServed(service, view)) return undefined;
  const bundle = Buffer.from(authority.cert).toString('base64');
  return config.caBundle === bundle ? undefined : bundle;
}

/** cainjector, istiod, the ECK operator and others put their CA into their webhook configurations when they are up. */
function webhooks(plural: string): Effect {
  const resource = { group: 'admissionregistration.k8s.io', version: 'v1', plural };
  return {
    name: 'ca-bundle',
    resource,
    async reconcile(object, context) {
      const patches = ((object.webhooks ?? []) as { clientConfig: ClientConfig }[]).flatMap(
        ({ clientConfig }, index) => {
          const value = wantedBundle(clientConfig, context);
          return value ? [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value }] : [];
        },
      );
      if (patches.length > 0) await context.client.patch(objectPath(resource, object), patches, 'json-patch');
      return unserved(object.webhooks, context) ? 'waiting' : undefined;
    },
  };
}

function unserved(list: ApiObject[] | undefined, { view }: EffectContext): boolean {
  return (list ?? []).some(({ clientConfig }) => {
    const service =
      clientConfig?.service && view.services.get(clientConfig.service.namespace, clientConfig.service.name);
    return clientConfig?.service && !(service && isServed(service, view));
  });
}

const conversions: Effect = {
  name: 'ca-bundle',
  resource: { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
  async reconcile(object, context) {
    const config = object.spec?.conversion?.webhook?.clientConfig as ClientConfig | undefined;
    const value = wantedBundle(config, context);
    const path = '/spec/conversion/webhook/clientConfig/caBundle';
    if (value)
      await context.client.patch(objectPath(this.resource, object), [{ op: 'add', path, value }], 'json-patch');
    return undefined;
  },
};

const apiServices: Effect = {
  name: 'ca-bundle',
  resource: { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices' },
  async reconcile(object, context) {
    const { service, insecureSkipTLSVerify, caBundle } = object.spec ?? {};
    if (!service || insecureSkipTLSVerify) return undefined;
    const value = wantedBundle({ service, caBundle }, context);
    if (value) await context.client.patch(objectPath(this.resource, object), { spec: { caBundle: value } });
    return undefined;
  },
};

export const caBundleEffects: Effect[] = [
  webhooks('mutatingwebhookconfigurations'),
  webhooks('validatingwebhookconfigurations'),
  conversions,
  apiServices,
];
