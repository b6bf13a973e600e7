import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { moduleKeys, openSection, passthrough, section } from '../schema.ts';

/** Stands for ArgoCD's host name until application.yaml gives one. */
const exampleHost = 'argocd.example.com';

/** `argocd` of application.yaml. */
export const argocdValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('argocd').describe('Namespace of ArgoCD and its Applications.'),
    server: openSection({
      config: openSection({
        url: z.string().default(exampleHost).describe('Host name that ArgoCD is reachable as.'),
      })
        .prefault({})
        .describe('ConfigMap `argocd-cm`; any key that ArgoCD knows.'),
    })
      .prefault({})
      .describe('Values `server` of the upstream chart; every other key goes there as it is.'),
    configs: passthrough
      .default({})
      .describe('Values `configs` of the upstream chart: repositories, known hosts, credentials, as they are.'),
    istio: section({
      enabled: z.boolean().default(false).describe('Reachable through an ingress gateway; needs the module `istio`.'),
      gateway: z.string().default('istio-ingress/ingressgateway').describe('Gateway as `namespace/name`.'),
      ipBlocks: z
        .array(z.string())
        .default([])
        .describe('Only these address blocks get through the gateway; default: all.'),
    })
      .prefault({})
      .describe('How ArgoCD is exposed.'),
  }).check(({ value, issues }) => {
    if (!value.istio.enabled || value.server.config.url !== exampleHost) return;
    issues.push({
      code: 'custom',
      input: value,
      path: ['istio', 'enabled'],
      message: 'needs a host name in `server.config.url`',
    });
  });
export type ArgocdValues = z.infer<ReturnType<typeof argocdValues>>;

const ours =
  'is KubeZero’s own (AppProject `kubezero`, Application `kubezero-git-sync`) and can’t be set; put yours into the git repository';

export const argocdRefused: RefusedKey[] = [
  {
    key: 'argo-cd',
    why: 'isn’t forwarded by KubeZero’s umbrella chart; give its `server` and `configs` as keys of `argocd`, the rest is fixed',
  },
  {
    key: 'argocd-applicationset',
    why: 'has no effect in either release: KubeZero’s chart has no such part any more; remove it',
  },
  { key: 'server.additionalProjects', why: ours },
  { key: 'server.additionalApplications', why: ours },
];
