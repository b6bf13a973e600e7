import { fullName, isEnabled, standardLabels } from '../conventions.ts';
import { type CrdSource, defineModule } from '../definition.ts';
import { storageCharts } from './charts.ts';
import { snapshotCrds, snapshotGroupCrd } from './crds.ts';
import { lvmDashboards } from './dashboards.ts';
import { lvmMonitoring } from './lvm-rules.ts';
import { type StorageValues, storageRefused, storageValues } from './schema.ts';
import { snapshotController } from './snapshot-controller.ts';
import { volumes } from './volumes.ts';

export const storage = defineModule<StorageValues>({
  id: 'storage',
  purpose: 'Volumes: EBS and EFS CSI drivers, openEBS LVM, snapshots',
  dependsOn: [],
  values: storageValues,
  refused: storageRefused,
  crds({ release, values }) {
    const sources: CrdSource[] = [{ from: 'objects', objects: snapshotCrds }];
    // The chart brings the snapshot CRDs too; the first definition of a name counts.
    if (values['lvm-localpv'].enabled) sources.push({ from: 'chart', pin: release.charts['lvm-localpv']! });
    if (values.gemini.enabled) sources.push({ from: 'objects', objects: [snapshotGroupCrd] });
    return sources;
  },
  manifest(context) {
    const { release, values, all } = context;
    const labels = standardLabels(release, 'storage');
    const monitored = values['lvm-localpv'].enabled && isEnabled(all, 'metrics');
    return {
      namespace: { name: 'kube-system' },
      charts: storageCharts(context),
      objects: [
        ...snapshotController(labels),
        ...volumes(values, labels),
        ...(monitored
          ? [
              ...lvmMonitoring(labels, 'kube-system'),
              lvmDashboards(fullName('storage', 'kubezero-storage'), 'kube-system', labels),
            ]
          : []),
      ],
    };
  },
});
