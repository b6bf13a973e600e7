import { z } from 'zod';
import { moduleKeys, openSection, optionalChart, section, systemNamespace } from '../schema.ts';

/** `network` of application.yaml. */
export const networkValues = () =>
  section({
    ...moduleKeys,
    namespace: systemNamespace,
    metallb: optionalChart().describe(
      'Load balancer for clusters outside AWS, its addresses in `configInline`; every key but `enabled` goes to the upstream chart as it is.',
    ),
    multus: section({
      enabled: z.boolean().default(false).describe('Further network interfaces for pods.'),
      tag: z.string().default('v3.8.1').describe('Tag of the multus image.'),
    })
      .prefault({})
      .describe('Meta-plugin in front of the cluster’s own CNI plugin.'),
    cilium: openSection({
      enabled: z.boolean().default(false).describe('Whether it is deployed.'),
      cni: openSection({
        exclusive: z
          .boolean()
          .optional()
          .describe('Whether cilium removes other CNI configurations; default: unless multus is enabled.'),
      })
        .prefault({})
        .describe('CNI settings.'),
    })
      .prefault({})
      .describe('CNI plugin; every other key goes to the upstream chart as it is.'),
    calico: section({
      enabled: z
        .boolean()
        .default(false)
        .describe('Calico over VXLAN, which KubeZero’s machines brought; its umbrella chart doesn’t know the key.'),
      image: section({ tag: z.string().default('').describe('Default: the release’s version.') })
        .prefault({})
        .describe('Calico’s images.'),
      network: z.string().default('vxlan').describe('Networking backend.'),
      mtu: z.number().int().default(8941).describe('MTU of pod interfaces, bytes.'),
      loglevel: z.string().default('Warning').describe('What Felix logs.'),
      prometheus: z.boolean().default(false).describe('Metrics on port 9091 with a ServiceMonitor.'),
    })
      .prefault({})
      .describe('Earlier CNI plugin, for clusters that still have it.'),
  }).check(({ value, issues }) => {
    if (!value.multus.enabled || !value.cilium.enabled || value.cilium.cni.exclusive !== true) return;
    issues.push({
      code: 'custom',
      input: value,
      path: ['cilium', 'cni', 'exclusive'],
      message: 'must be false with multus, whose configuration cilium would remove',
    });
  });
export type NetworkValues = z.infer<ReturnType<typeof networkValues>>;
