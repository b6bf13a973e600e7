import { describe, expect, it } from 'vitest';
import { charts, chartValues, crds, find, manifest, names } from '../../test/unit/modules/context.ts';

const network = (values: object = {}, at: '1.21' | '1.22' = '1.22') => manifest('network', at, { network: values });

describe('network', () => {
  it('has multus write where the release’s nodes keep their CNI plugins', () => {
    const at = (release: '1.21' | '1.22') => {
      const pod = find(network({ multus: { enabled: true } }, release).objects, 'DaemonSet', 'kube-multus-ds').spec
        .template.spec;
      return {
        args: pod.containers[0].args,
        path: pod.volumes.find(({ name }: { name: string }) => name === 'cnibin').hostPath.path,
      };
    };
    expect(at('1.21').path).toBe('/opt/cni/bin');
    expect(at('1.21').args).not.toContain('--cni-bin-dir=/host/usr/libexec/cni');
    expect(at('1.22').path).toBe('/usr/libexec/cni');
    expect(at('1.22').args).toContain('--cni-bin-dir=/host/usr/libexec/cni');
  });

  it('lets cilium share the CNI directory with multus, and insists on it', () => {
    const exclusive = (multus: boolean) =>
      chartValues(network({ cilium: { enabled: true }, multus: { enabled: multus } }), 'cilium').cni.exclusive;
    expect(exclusive(true)).toBe(false);
    expect(exclusive(false)).toBe(true);
    const both = { cilium: { enabled: true, cni: { exclusive: true } }, multus: { enabled: true } };
    expect(() => network(both)).toThrow('must be false with multus');
  });

  it('passes values on to cilium and MetalLB, over KubeZero’s own', () => {
    const rendered = network({
      cilium: { enabled: true, hubble: { enabled: true } },
      metallb: { enabled: true, configInline: { 'address-pools': [{ name: 'lan' }] } },
    });
    expect(charts(rendered)).toEqual(['metallb 0.10.2 as network', 'cilium 1.11.3 as network']);
    expect(chartValues(rendered, 'cilium')).toMatchObject({ tunnel: 'geneve', hubble: { enabled: true } });
    expect(chartValues(rendered, 'metallb')).toMatchObject({
      psp: { create: false },
      configInline: { 'address-pools': [{ name: 'lan' }] },
    });
  });

  it('defines networks to attach to with multus only', () => {
    expect(crds('network', '1.22')).toEqual([]);
    expect(crds('network', '1.22', { network: { multus: { enabled: true } } })).toMatchObject([
      { objects: [{ metadata: { name: 'network-attachment-definitions.k8s.cni.cncf.io' } }] },
    ]);
  });
});

describe('Calico', () => {
  const calico = (values: object, at: '1.21' | '1.22' = '1.22') =>
    network({ calico: { enabled: true, ...values } }, at);

  it('comes with its fifteen CRDs where it is asked for', () => {
    expect(names(calico({}).objects)).toContain('DaemonSet kube-system/calico-node');
    expect(crds('network', '1.22', { network: { calico: { enabled: true } } })).toMatchObject([
      { from: 'objects', objects: { length: 15 } },
    ]);
  });

  it('is at the release’s version unless told otherwise', () => {
    const image = (values: object, at: '1.21' | '1.22') =>
      find(calico(values, at).objects, 'DaemonSet', 'calico-node').spec.template.spec.containers[0].image;
    expect(image({}, '1.21')).toBe('calico/node:v3.16.5');
    expect(image({}, '1.22')).toBe('calico/node:v3.16.10');
    expect(image({ image: { tag: 'v3.17.0' } }, '1.22')).toBe('calico/node:v3.17.0');
  });

  it('has a monitor where its metrics are on', () => {
    const monitors = (values: object) =>
      names(calico(values).objects).filter((name) => name.startsWith('ServiceMonitor'));
    expect(monitors({})).toEqual([]);
    expect(monitors({ prometheus: true })).toEqual(['ServiceMonitor kube-system/calico-node']);
  });
});
