import { since } from '../../releases/range.ts';
import { isEnabled } from '../conventions.ts';
import type { ChartInstance, ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { certificateHealth } from './health.ts';
import { knownHosts } from './known-hosts.ts';
import type { ArgocdValues } from './schema.ts';

/** ArgoCD with KubeZero's values; its secrets are the user's own (`argocd-secret`). */
export function argoCd({ release, values, all }: ModuleContext<ArgocdValues>): ChartInstance {
  const metrics = { enabled: isEnabled(all, 'metrics'), serviceMonitor: { enabled: true } };
  return {
    pin: release.charts['argo-cd']!,
    releaseName: 'argocd',
    values: mergeValues(
      {
        // Built into ArgoCD with 2.3.
        ...(since(release, '1.22') ? { applicationSet: { enabled: false }, notifications: { enabled: false } } : {}),
        installCRDs: false,
        dex: { enabled: false },
        configs: {
          secret: { createSecret: false },
          knownHosts: { data: { ssh_known_hosts: knownHosts } },
        },
        controller: {
          args: { statusProcessors: '8', operationProcessors: '4', appResyncPeriod: '300' },
          logFormat: 'json',
          metrics,
          resources: { requests: { cpu: '100m', memory: '256Mi' } },
        },
        repoServer: { logFormat: 'json', metrics },
        server: {
          logFormat: 'json',
          config: { 'resource.customizations': certificateHealth },
          // TLS ends at the gateway, which tells gRPC clients from browsers.
          service: { servicePortHttpsName: 'grpc' },
          metrics,
          extraArgs: ['--insecure'],
        },
      },
      { server: values.server, configs: values.configs },
    ),
  };
}
