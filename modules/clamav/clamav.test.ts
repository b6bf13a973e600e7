import { describe, expect, it } from 'vitest';
import { find, manifest, names } from '../../test/unit/modules/context.ts';

const render = (clamav: object = {}) => manifest('clamav', '1.22', { clamav }).objects;

describe('clamav', () => {
  it('is a scanner that keeps its signatures on a volume', () => {
    expect(names(render())).toEqual(['ConfigMap clamav/clamav', 'Service clamav/clamav', 'StatefulSet clamav/clamav']);
    const { spec } = find(render(), 'StatefulSet', 'clamav');
    const [container] = spec.template.spec.containers;
    expect(container.image).toBe('clamav/clamav:unstable_base');
    expect(container.resources).toEqual({ requests: { cpu: '300m', memory: '1300M' } });
    expect(spec.volumeClaimTemplates[0].spec.resources).toEqual({ requests: { storage: '2Gi' } });
    expect(spec.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'clamav',
      'app.kubernetes.io/instance': 'clamav',
    });
  });

  it('scans up to the limits that are set', () => {
    const limits = { fileSize: 50, scanSize: 200 };
    const { data } = find(render({ clamav: { limits } }), 'ConfigMap', 'clamav');
    expect(data['clamd.conf']).toMatch(/^MaxFileSize 50M$/m);
    expect(data['clamd.conf']).toMatch(/^MaxScanSize 200M$/m);
    expect(data['clamd.conf']).toMatch(/^StreamMaxLength 200M$/m);
    expect(data['clamd.conf']).toMatch(/^MaxThreads 4$/m);
    expect(data['freshclam.conf']).toMatch(/^DatabaseMirror database.clamav.net$/m);
  });

  it('starts anew with another configuration, and only then', () => {
    const checksum = (clamav: object) =>
      find(render({ clamav }), 'StatefulSet', 'clamav').spec.template.metadata.annotations['checksum/config'];
    expect(checksum({ limits: { maxThreads: 8 } })).not.toBe(checksum({}));
    expect(checksum({ replicaCount: 2 })).toBe(checksum({}));
  });

  it('runs where it is told to', () => {
    const placement = {
      nodeSelector: { disk: 'fast' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
    };
    const { spec } = find(render({ clamav: { ...placement, storageClassName: 'ebs' } }), 'StatefulSet', 'clamav');
    expect(spec.template.spec).toMatchObject(placement);
    expect(spec.volumeClaimTemplates[0].spec.storageClassName).toBe('ebs');
  });

  it('is served at the port that clients expect', () => {
    const { spec } = find(render({ service: { port: 3311 } }), 'Service', 'clamav');
    expect(spec.ports).toEqual([{ name: 'clamav', port: 3311, targetPort: 3310, protocol: 'TCP' }]);
  });

  it('takes the place of an installation that is called otherwise', () => {
    expect(names(render({ releaseName: 'scanner' }))).toContain('StatefulSet clamav/scanner-clamav');
    expect(names(render({ fullnameOverride: 'virus' }))).toContain('StatefulSet clamav/virus');
  });
});
