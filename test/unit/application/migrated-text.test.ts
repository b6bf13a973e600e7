import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { application, example, migrate, migratedValues } from './applications.ts';

describe('text that is not about the migration', () => {
  it('stays byte by byte: comments, quotes, order, spacing, blank lines', () => {
    const before = `# ours
apiVersion:   argoproj.io/v1alpha1
kind: "Application"
spec:
  destination: {namespace: argocd,   server: 'x'}
  source:
    targetRevision: '1.21.9-4'   # umbrella
    chart: kubezero
    helm:
      releaseName: kubezero
      values: |-
          # about all of it
          HighAvailableControlplane:   yes


          metrics:
              enabled: true    # odd indent
              retention: "8d"
          kiam:
            enabled: false
          storage: {ebs: {enabled: true}}
          number: 0x1F
          text: 'it''s'
          # the end
`;
    const after = before.replace('1.21.9-4', '1.22.8-8').replace('          kiam:\n            enabled: false\n', '');
    expect(migrate(before).text).toBe(after);
  });

  it('keeps comments of what moves, with their places', () => {
    const values = `# top
istio-ingress: # gateways
  # the world
  public: # outside
    # first
    certificates: # certs
    - name: a # one
    # second
    gateway:
      # count
      replicaCount: 2 # two
      ports: # list
      # web
      - name: https
      # mail
      - name: smtp # 25
      # below
  # inside
  private:
    certificates:
    - name: b
    # after certificates
  enabled: true # on
# next
metrics: {}
`;
    expect(migratedValues(values)).toBe(`# top
istio-ingress: # gateways
  # the world
  # outside
  # first
  certificates: # certs
  - name: a # one
  # second
  gateway:
    # count
    replicaCount: 2 # two
    service:
      ports: # list
      # mail
      - name: smtp # 25
      # below
  enabled: true # on
# inside
istio-private-ingress:
  enabled: true
  certificates:
  - name: b
  # after certificates
# next
metrics: {}
`);
  });

  it('keeps line ends of Windows', () => {
    const before = application(example).replaceAll('\n', '\r\n');
    const { text } = migrate(before);
    expect(text).toBe(migrate(application(example)).text.replaceAll('\n', '\r\n'));
  });

  it('takes one of two blank lines along with what it removes', () => {
    expect(migratedValues('a: 1\n\nkiam:\n  enabled: false\n\nb: 2\n')).toBe('a: 1\n\nb: 2\n');
  });

  it('keeps the values string double-quoted where it was', () => {
    const before = application('').replace('values: |\n', 'values: "kiam: {}\\nb: 2\\n"\n');
    expect(migrate(before).text).toContain('values: "b: 2\\n"\n');
  });

  it('turns other string styles into a literal block', () => {
    const before = application('').replace('values: |\n', "values: 'kiam: {}'\n");
    expect(parse(migrate(before).text).spec.source.helm.values.trim()).toBe('');
    const folded = application('').replace('values: |\n', 'values: >\n        a: 1\n\n        kiam: {}\n');
    expect(parse(migrate(folded).text).spec.source.helm.values).toBe('a: 1\n');
  });

  it('writes flow-style gateways as blocks, their parts as they were', () => {
    const values = `istio-ingress:
  enabled: true
  public: {certificates: [ {name: a} ], gateway: {replicaCount: 2, ports: [{name: https}, {name: smtp,  port: 25}]}}
  private: {gateway: {ports: [{name: status-port}]}, certificates: []}
`;
    expect(migratedValues(values)).toBe(`istio-ingress:
  enabled: true
  certificates: [ {name: a} ]
  gateway:
    replicaCount: 2
    service:
      ports: [{name: smtp,  port: 25}]
istio-private-ingress:
  enabled: true
  gateway:
    service:
      ports: []
  certificates: []
`);
  });

  it('migrates istio-ingress on one line, and values that are JSON', () => {
    const line =
      'a: 1 # one\nistio-ingress: {enabled: true, public: {certificates: [{name: "a"}]}, private: {certificates: []}}\n';
    expect(parse(migratedValues(line))).toEqual({
      a: 1,
      'istio-ingress': { enabled: true, certificates: [{ name: 'a' }] },
      'istio-private-ingress': { enabled: true, certificates: [] },
    });
    expect(migratedValues(line)).toContain('a: 1 # one\n');
    expect(parse(migratedValues('{"kiam": {}, "istio-ingress": {"global": {}}}\n'))).toEqual({ 'istio-ingress': {} });
  });
});
