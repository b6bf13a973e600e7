import { z } from 'zod';
import { controlPlane } from '../conventions.ts';
import { type ChartInstance, type CrdSource, defineModule } from '../definition.ts';
import { mergeValues, moduleKeys, optionalChart, section } from '../schema.ts';
import { calico } from './calico.ts';
import { calicoCrds, networkAttachmentDefinition } from './crds.ts';
import { multus } from './multus.ts';

const values = () =>
  section({
    ...moduleKeys,
    metallb: optionalChart().describe('Load balancer for clusters outside AWS; addresses in `configInline`.'),
    multus: section({
      enabled: z.boolean().default(false).describe('Further network interfaces for pods.'),
      tag: z.string().default('v3.8.1'),
    }).prefault({}),
    cilium: optionalChart().describe('CNI plugin; `cni.exclusive` must be false with multus.'),
    calico: section({
      enabled: z.boolean().default(false).describe('Node-level Calico over VXLAN, as KubeZero’s nodes bring it.'),
      image: section({ tag: z.string().default('') }).prefault({}),
      network: z.string().default('vxlan').describe('Networking backend.'),
      mtu: z.number().int().default(8941).describe('MTU of pod interfaces, bytes.'),
      loglevel: z.string().default('Warning'),
      prometheus: z.boolean().default(false).describe('Metrics on port 9091 with a ServiceMonitor.'),
    }).prefault({}),
  });
export type NetworkValues = z.infer<ReturnType<typeof values>>;

export const network = defineModule<NetworkValues>({
  id: 'network',
  purpose: 'Pod network: Cilium or Calico, multus, MetalLB',
  dependsOn: [],
  values,
  crds({ values }) {
    const sources: CrdSource[] = [];
    if (values.multus.enabled) sources.push({ from: 'objects', objects: [networkAttachmentDefinition] });
    if (values.calico.enabled) sources.push({ from: 'objects', objects: calicoCrds });
    return sources;
  },
  manifest({ release, values }) {
    const charts: ChartInstance[] = [];
    if (values.metallb.enabled) {
      charts.push({
        pin: release.charts.metallb!,
        releaseName: 'network',
        values: mergeValues(
          { psp: { create: false }, controller: { ...controlPlane }, configInline: {} },
          values.metallb,
        ),
      });
    }
    if (values.cilium.enabled) {
      charts.push({
        pin: release.charts.cilium!,
        releaseName: 'network',
        values: mergeValues(
          {
            cni: { exclusive: !values.multus.enabled },
            tunnel: 'geneve',
            prometheus: { enabled: false, port: 9091 },
            operator: { replicas: 1 },
            hubble: { enabled: false },
          },
          values.cilium,
        ),
      });
    }
    return {
      namespace: { name: 'kube-system' },
      charts,
      objects: [
        ...(values.multus.enabled ? multus(release, values.multus.tag) : []),
        ...(values.calico.enabled ? calico(release, values.calico) : []),
      ],
    };
  },
});
