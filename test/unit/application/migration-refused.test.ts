import { describe, expect, it } from 'vitest';
import { application, migrate, migratedValues } from './applications.ts';

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
