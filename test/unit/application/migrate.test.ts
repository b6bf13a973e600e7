import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { migrateApplication } from '../../../automation/application/migrate.ts';

/** An application.yaml at 1.21 with these values in a literal block, indented by eight. */
function application(values: string, targetRevision = '1.21.9-4'): string {
  const indented = values.replaceAll(/^(?=.)/gm, '        ');
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: kubezero
spec:
  source:
    chart: kubezero
    targetRevision: ${targetRevision}
    helm:
      values: |
${indented}  destination:
    namespace: argocd
`;
}

function migrate(text: string, to = '1.22') {
  return migrateApplication(text, { to });
}

/** The values a migration of these values gives, as text. */
function migratedValues(values: string): string {
  const { text } = migrate(application(values));
  return (parse(text) as { spec: { source: { helm: { values: string } } } }).spec.source.helm.values;
}

const example = `HighAvailableControlplane: true
kiam: {enabled: true, IamArn: "arn:aws:iam::111122223333:role/kiam"}
istio-ingress:
  enabled: true
  global: {arch: {amd64: 2}}
  public:
    enabled: true
    proxyProtocol: false
    certificates:
    - name: public-cert
      dnsNames: ['*.demo.example']
    gateway:
      replicaCount: 2
      ports:
      - {name: status-port, port: 15021, nodePort: 30021, noGateway: true}
      - {name: http2, port: 80, targetPort: 8080, nodePort: 30080}
      - {name: https, port: 443, targetPort: 8443, nodePort: 30443}
      - {name: smtp, port: 25, nodePort: 30025}
  private:
    enabled: true
    certificates:
    - name: private-cert
      dnsNames: ['*.int.demo.example']
    gateway:
      ports:
      - {name: amqps, port: 5671, nodePort: 31671}
`;

describe("upstream's rules", () => {
  it('give what upstream gives for the worked example', () => {
    const { text } = migrate(application(example));
    const parsed = parse(text);
    expect(parsed.spec.source.targetRevision).toBe('1.22.8-8');
    expect(parse(parsed.spec.source.helm.values)).toEqual({
      HighAvailableControlplane: true,
      'istio-ingress': {
        enabled: true,
        certificates: [{ name: 'public-cert', dnsNames: ['*.demo.example'] }],
        gateway: { replicaCount: 2, service: { ports: [{ name: 'smtp', port: 25, nodePort: 30025 }] } },
      },
      'istio-private-ingress': {
        enabled: true,
        certificates: [{ name: 'private-cert', dnsNames: ['*.int.demo.example'] }],
        gateway: { service: { ports: [{ name: 'amqps', port: 5671, nodePort: 31671 }] } },
      },
    });
  });

  it('are done once: a second migration changes nothing', () => {
    const { text } = migrate(application(example));
    expect(migrate(text)).toEqual({ text, changes: [], warnings: [] });
  });

  it('keep a newer chart of the same release', () => {
    const text = application('a: 1\n', '1.22.8-9');
    expect(migrate(text).text).toBe(text);
  });

  it('leave an empty list where only built-in ports were', () => {
    const values =
      'istio-ingress:\n  public:\n    certificates: []\n    gateway:\n      ports:\n      - name: https\n        port: 443\n';
    expect(migratedValues(values)).toBe(
      'istio-ingress:\n  certificates: []\n  gateway:\n    service:\n      ports: []\n',
    );
  });

  it('say what was done', () => {
    expect(migrate(application(example)).changes).toEqual([
      'targetRevision 1.21.9-4 is now 1.22.8-8',
      'istio-ingress.private is now istio-private-ingress',
      'istio-ingress.public is now istio-ingress',
      'istio-ingress.global removed',
      'kiam removed',
    ]);
  });
});

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

describe("what upstream's script stops at", () => {
  it.each([
    ['no istio-ingress', 'kiam: {}\na: 1\n', { a: 1 }],
    ['istio-ingress null', 'istio-ingress:\nkiam:\n', { 'istio-ingress': null }],
    [
      'no certificates',
      'istio-ingress:\n  enabled: true\n  private:\n    enabled: true\n',
      { 'istio-ingress': { enabled: true }, 'istio-private-ingress': { enabled: true } },
    ],
    [
      'private null',
      'istio-ingress:\n  private:\n',
      { 'istio-ingress': {}, 'istio-private-ingress': { enabled: true } },
    ],
    ['public null', 'istio-ingress:\n  public: null\n  enabled: true\n', { 'istio-ingress': { enabled: true } }],
    [
      'gateway null',
      'istio-ingress:\n  public:\n    gateway:\n    certificates:\n',
      { 'istio-ingress': { gateway: {}, certificates: null } },
    ],
    [
      'ports null',
      'istio-ingress:\n  public:\n    gateway:\n      ports: ~\n',
      { 'istio-ingress': { gateway: { service: { ports: [] } } } },
    ],
    [
      'ports that are no mappings',
      'istio-ingress:\n  public:\n    gateway:\n      ports: [25, {name: https}]\n',
      { 'istio-ingress': { gateway: { service: { ports: [25] } } } },
    ],
    ['nothing but a global', 'istio-ingress:\n  global:\n    a: 1\n', { 'istio-ingress': {} }],
  ])('%s', (_case, values, expected) => {
    expect(parse(migratedValues(values))).toEqual(expected);
  });

  it('no values at all: only targetRevision changes', () => {
    const before =
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    targetRevision: 1.21.9-4\n';
    expect(migrate(before).text).toBe(before.replace('1.21.9-4', '1.22.8-8'));
  });
});

describe('warnings', () => {
  const warnings = (values: string) => migrate(application(values)).warnings;

  it('name what has no place in 1.22', () => {
    const values = `istio-ingress:
  enabled: true
  public:
    enabled: true
    proxyProtocol: false
    dnsNames: [a]
    certificates: []
    gateway:
      replicaCount: 2
      resources: {}
      autoscale: true
`;
    expect(warnings(values)).toEqual([
      'istio-ingress.public.proxyProtocol (false) was left out; 1.22 always turns it on',
      'istio-ingress.public.dnsNames has no place in 1.22 and was left out',
      'istio-ingress.public.gateway.resources has no place in 1.22 and was left out',
      'istio-ingress.public.gateway.autoscale has no place in 1.22 and was left out',
    ]);
  });

  it('tell that disabled private gateways come on', () => {
    expect(warnings('istio-ingress:\n  enabled: true\n  private:\n    enabled: false\n    certificates: []\n')).toEqual(
      [
        'istio-ingress.private.enabled was false, but istio-private-ingress is now enabled: set istio-private-ingress.enabled to false to keep it off',
      ],
    );
  });

  it('tell that the switch of the public gateways is another one', () => {
    expect(warnings('istio-ingress:\n  enabled: true\n  public:\n    enabled: false\n    certificates: []\n')).toEqual([
      'istio-ingress.public.enabled was false, in 1.22 istio-ingress.enabled decides and that is true',
    ]);
  });

  it('tell what was replaced, as upstream does silently', () => {
    const values =
      'istio-private-ingress:\n  a: 1\nistio-ingress:\n  certificates: [{name: old}]\n  enabled: true\n  private:\n    enabled: true\n  public:\n    certificates: [{name: new}]\n';
    expect(warnings(values)).toEqual([
      'istio-private-ingress was there already and has been replaced',
      'istio-ingress.certificates was there already and has been replaced',
    ]);
    expect(migratedValues(values)).toBe(
      'istio-ingress:\n  enabled: true\n  certificates: [{name: new}]\nistio-private-ingress:\n  enabled: true\n',
    );
  });
});

describe('bad input is refused with its place', () => {
  it.each([
    [
      'a skipped release',
      application('a: 1\n', '1.20.11-2'),
      '1.22',
      'from 1.20 to 1.22 skips release 1.21: upgrades go one release at a time',
      'application.yaml: spec.source.targetRevision',
    ],
    [
      'a downgrade',
      application('a: 1\n', '1.22.8-8'),
      '1.21',
      'this is 1.22; going back to 1.21 is not possible',
      'application.yaml: spec.source.targetRevision',
    ],
    [
      'a file of a later release',
      application('a: 1\n', '1.23.10'),
      '1.22',
      'this is 1.23; going back to 1.22 is not possible',
      'application.yaml: spec.source.targetRevision',
    ],
    ['an unknown release', application('a: 1\n'), '1.23', 'unknown KubeZero release "1.23"', undefined],
    [
      'no version',
      application('a: 1\n', 'HEAD'),
      '1.22',
      '"HEAD" is no version of KubeZero',
      'application.yaml: spec.source.targetRevision',
    ],
    [
      'broken YAML',
      'kind: Application\nspec: [\n',
      '1.22',
      'broken YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'application.yaml:3:1',
    ],
    [
      'broken YAML in the values',
      application('a: 1\nb: {\n'),
      '1.22',
      expect.stringMatching(/^broken YAML in spec.source.helm.values: /),
      expect.stringMatching(/^application.yaml:13:/),
    ],
    [
      'a key given twice',
      application('a: 1\na: 2\n'),
      '1.22',
      'broken YAML in spec.source.helm.values: Map keys must be unique',
      'application.yaml:12:9',
    ],
    [
      'values that are a list',
      application('- a\n'),
      '1.22',
      'expected a mapping of KubeZero modules',
      'application.yaml:11:9: spec.source.helm.values',
    ],
    [
      'values that are no string',
      application('').replace('values: |\n', 'values: {a: 1}\n'),
      '1.22',
      "expected KubeZero's values as one string",
      'application.yaml: spec.source.helm.values',
    ],
    [
      'another kind',
      'apiVersion: v1\nkind: ConfigMap\n',
      '1.22',
      "this is not KubeZero's application.yaml: expected kind Application of argoproj.io, found ConfigMap",
      'application.yaml',
    ],
    [
      'another chart',
      application('a: 1\n').replace('chart: kubezero', 'chart: other'),
      '1.22',
      "this is not KubeZero's application.yaml: expected spec.source.chart kubezero, found other",
      'application.yaml',
    ],
    ['nothing', '', '1.22', "this is not KubeZero's application.yaml: the file is empty", 'application.yaml'],
    [
      'two documents',
      'a: 1\n---\nb: 1\n',
      '1.22',
      "this is not KubeZero's application.yaml: there are 2 YAML documents in it, expected one",
      'application.yaml',
    ],
    [
      'an anchor that goes while it is used',
      application('kiam: &role {a: 1}\nb: *role\n'),
      '1.22',
      "the values use *role, whose anchor &role is in a part that 1.22 doesn't have any more",
      'application.yaml: spec.source.helm.values',
    ],
  ])('%s', (_case, text, to, message, where) => {
    expect(() => migrate(text, to)).toThrowError(
      expect.objectContaining({ name: 'UserError', message, where, state: 'nothing was changed' }),
    );
  });
});
