import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { withHost } from '../exposed-host.ts';
import { moduleKeys, openSection, section } from '../schema.ts';

const descriptors = (gateway: string) =>
  z
    .array(z.record(z.string(), z.unknown()))
    .default([{ key: 'remote_address', rate_limit: { unit: 'second', requests_per_unit: 10 } }])
    .describe(
      `Limits at the ${gateway} gateway, as the rate limit service takes them; default: 10 a second per address.`,
    );

const anonymous = 'anonymous';

const kiali = openSection({
  enabled: z.boolean().default(false).describe('Whether Kiali is deployed.'),
  istio: withHost(
    section({
      enabled: z.boolean().default(false).describe('Reachable through an ingress gateway.'),
      gateway: z.string().default('istio-ingress/private-ingressgateway').describe('Gateway as `namespace/name`.'),
      url: z.string().default('').describe('Host name.'),
    }),
  )
    .prefault({})
    .describe('VirtualService of Kiali.'),
}).superRefine((values, context) => {
  const strategy = (values.auth as { strategy?: string } | undefined)?.strategy ?? anonymous;
  const key = (values.login_token as { signing_key?: string } | undefined)?.signing_key;
  if (!values.enabled || strategy === anonymous || key) return;
  context.addIssue({
    code: 'custom',
    path: ['login_token'],
    input: values.login_token,
    message: `expected a signing_key for logins with auth.strategy ${strategy}: 16, 24 or 32 characters, or secret:NAME:KEY`,
  });
});

export const values = () =>
  section({
    ...moduleKeys,
    namespace: z
      .literal('istio-system')
      .default('istio-system')
      .describe('Namespace of the control plane, and root namespace of the mesh; policies for the gateways are in it.'),
    'kiali-server': kiali
      .prefault({})
      .describe(
        'Kiali, the console of the mesh: anyone who reaches it may look, nobody may change; keys not named here go to the upstream chart as they are.',
      ),
    rateLimiting: section({
      enabled: z.boolean().default(false).describe('Whether the gateways ask a rate limit service.'),
      log: section({
        level: z.string().default('warn').describe('`debug`, `info`, `warn` or `error`.'),
        format: z.string().default('json').describe('`json` or `text`.'),
      })
        .prefault({})
        .describe('Log of the service.'),
      localCacheSize: z.number().int().default(1048576).describe('Bytes of cache for limits already reached.'),
      failureModeDeny: z.boolean().default(false).describe('Refuse requests while the service is down.'),
      descriptors: section({ ingress: descriptors('public'), privateIngress: descriptors('private') })
        .prefault({})
        .describe('Limits of each gateway.'),
    })
      .prefault({})
      .describe('Rate limits at the gateways.'),
  });
export type IstioValues = z.infer<ReturnType<typeof values>>;

/** Keys of KubeZero's chart that its umbrella chart keeps for itself. */
export const refused: RefusedKey[] = [
  ...['global', 'base', 'istiod', 'istio-discovery'].map((key) => ({
    key,
    why: 'isn’t forwarded by KubeZero’s umbrella chart either; replicas and disruption budgets follow `HighAvailableControlplane`, telemetry follows the module `metrics`',
  })),
];
