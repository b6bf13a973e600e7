import {
  dashboard,
  gauge,
  namespaceVariable,
  row,
  type Thresholds,
  table,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';
import { kubelet } from '../rules/jobs.ts';
import { header } from './header.ts';

const all = `${kubelet},namespace="$namespace"`;
const one = `${all},persistentvolumeclaim=~"$volume"`;
const of = (what: string, matchers = one) =>
  `max by (persistentvolumeclaim) (kubelet_volume_stats_${what}{${matchers}})`;
const thresholds: Thresholds = [
  [0.85, 'orange'],
  [0.97, 'red'],
];

export const volumes = () =>
  dashboard({
    ...header('Persistent volumes', 'csi'),
    uid: 'kubezero-persistentvolumesusage',
    from: 'now-7d',
    variables: [
      namespaceVariable(),
      variable('volume', `label_values(kubelet_volume_stats_capacity_bytes{${all}}, persistentvolumeclaim)`, {
        label: 'Claim',
        multi: true,
      }),
    ],
    rows: [
      [
        gauge('Fullest volume', [[`max(${of('used_bytes')} / ${of('capacity_bytes')})`]], {
          thresholds,
          width: 6,
          height: 8,
        }),
        gauge('Fewest inodes left: in use', [[`max(${of('inodes_used')} / ${of('inodes')})`]], {
          thresholds,
          width: 6,
          height: 8,
        }),
        timeSeries('Space left', [[of('available_bytes'), '{{persistentvolumeclaim}}']], { unit: 'bytes', min: 0 }),
      ],
      row('Over time', [
        timeSeries('Space in use', [[`${of('used_bytes')} / ${of('capacity_bytes')}`, '{{persistentvolumeclaim}}']], {
          unit: 'percentunit',
          min: 0,
          max: 1,
          thresholds,
        }),
        timeSeries('Inodes in use', [[`${of('inodes_used')} / ${of('inodes')}`, '{{persistentvolumeclaim}}']], {
          unit: 'percentunit',
          min: 0,
          max: 1,
          thresholds,
        }),
      ]),
      [
        table('Volumes of the namespace', {
          by: [{ label: 'persistentvolumeclaim', title: 'Claim' }],
          sortBy: 'In use',
          columns: [
            { title: 'Size', expr: of('capacity_bytes', all), unit: 'bytes' },
            { title: 'Left', expr: of('available_bytes', all), unit: 'bytes' },
            {
              title: 'In use',
              expr: `${of('used_bytes', all)} / ${of('capacity_bytes', all)}`,
              unit: 'percentunit',
              decimals: 1,
              thresholds,
            },
            {
              title: 'Left in four days, at the rate of the last six hours',
              expr: `max by (persistentvolumeclaim) (predict_linear(kubelet_volume_stats_available_bytes{${all}}[6h], 4 * 24 * 3600))`,
              unit: 'bytes',
            },
            {
              title: 'Inodes in use',
              expr: `${of('inodes_used', all)} / ${of('inodes', all)}`,
              unit: 'percentunit',
              decimals: 1,
              thresholds,
            },
          ],
        }),
      ],
    ],
  });
