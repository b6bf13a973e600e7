import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { application, example, migrate, migratedValues } from './applications.ts';

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
