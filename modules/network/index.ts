import { type CrdSource, defineModule } from '../definition.ts';
import { calico } from './calico.ts';
import { cilium, metallb } from './charts.ts';
import { calicoCrds, networkAttachmentDefinition } from './crds.ts';
import { multus } from './multus.ts';
import { type NetworkValues, networkValues } from './schema.ts';

export const network = defineModule<NetworkValues>({
  id: 'network',
  purpose: 'Pod network: Cilium or Calico, multus, MetalLB',
  dependsOn: [],
  requires: [
    {
      module: 'metrics',
      from: ({ calico }) => (calico.enabled && calico.prometheus ? ['calico', 'prometheus'] : undefined),
    },
  ],
  values: networkValues,
  crds({ values }) {
    const sources: CrdSource[] = [];
    if (values.multus.enabled) sources.push({ from: 'objects', objects: [networkAttachmentDefinition] });
    if (values.calico.enabled) sources.push({ from: 'objects', objects: calicoCrds });
    return sources;
  },
  manifest(context) {
    const { release, values } = context;
    return {
      namespace: { name: 'kube-system' },
      charts: [
        ...(values.metallb.enabled ? [metallb(context)] : []),
        ...(values.cilium.enabled ? [cilium(context)] : []),
      ],
      objects: [
        ...(values.multus.enabled ? multus(release, values.multus.tag) : []),
        ...(values.calico.enabled ? calico(release, values.calico) : []),
      ],
    };
  },
});
