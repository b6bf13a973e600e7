import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import { crds, find, manifest, names } from '../../test/unit/modules/context.ts';
import { validateValues } from '../values.ts';

const on = { enabled: true };
const values = (keycloak: object) => ({ istio: on, metrics: on, auth: { keycloak: { enabled: true, ...keycloak } } });

describe('auth', () => {
  it('is nothing but a namespace until Keycloak is on', () => {
    expect(manifest('auth', '1.22').objects).toEqual([]);
    expect(crds('auth', '1.22')).toEqual([]);
  });

  it('runs Keycloak’s operator, which only sees its own namespace', () => {
    const { objects, namespace } = manifest('auth', '1.22', values({}));
    expect(namespace.name).toBe('auth');
    expect(names(objects)).toEqual([
      'ServiceAccount auth/keycloak-operator',
      'Service auth/keycloak-operator',
      'Role auth/keycloak-operator-role',
      'RoleBinding auth/keycloak-operator-role-binding',
      'RoleBinding auth/keycloak-operator-view',
      'ClusterRole keycloakcontroller-cluster-role',
      'RoleBinding auth/keycloakcontroller-role-binding',
      'ClusterRole keycloakrealmimportcontroller-cluster-role',
      'RoleBinding auth/keycloakrealmimportcontroller-role-binding',
      'Deployment auth/keycloak-operator',
      'Keycloak auth/auth-kubezero-auth',
    ]);
    const [container] = find(objects, 'Deployment', 'keycloak-operator').spec.template.spec.containers;
    expect(container.image).toBe('quay.io/keycloak/keycloak-operator:18.0.0');
  });

  it('defines the kinds that the operator watches', () => {
    const [source] = crds('auth', '1.22', values({}));
    expect(source?.from === 'objects' && source.objects.map(({ metadata }) => metadata.name)).toEqual([
      'keycloaks.k8s.keycloak.org',
      'keycloakrealmimports.k8s.keycloak.org',
    ]);
  });

  it('has one Keycloak with its database in memory, behind a gateway that ends TLS', () => {
    const { spec } = find(manifest('auth', '1.22', values({})).objects, 'Keycloak', 'auth-kubezero-auth');
    expect(spec).toMatchObject({ instances: 1, hostname: 'keycloak', tlsSecret: 'INSECURE-DISABLE' });
    expect(
      Object.fromEntries(
        spec.serverConfiguration.map((option: { name: string; value: string }) => [option.name, option.value]),
      ),
    ).toEqual({
      cache: 'local',
      db: 'dev-mem',
      'hostname-strict-https': 'false',
      proxy: 'passthrough',
      'http-enabled': 'true',
    });
  });

  it('is exposed at the private gateway, to some addresses only if so said: there, not at the public one', () => {
    const istio = { enabled: true, url: 'login.example.com', ipBlocks: ['10.0.0.0/8'] };
    const { objects } = manifest('auth', '1.22', values({ istio }));
    expect(find(objects, 'VirtualService', 'auth-kubezero-auth').spec).toEqual({
      gateways: ['istio-ingress/private-ingressgateway'],
      hosts: ['login.example.com'],
      http: [{ route: [{ destination: { host: 'auth-kubezero-auth-service' } }] }],
    });
    const policy = find(objects, 'AuthorizationPolicy', 'auth-deny-not-in-ipblocks');
    expect(policy.metadata.namespace).toBe('istio-system');
    expect(policy.spec.selector.matchLabels).toEqual({ app: 'istio-private-ingressgateway' });
    expect(find(objects, 'Keycloak', 'auth-kubezero-auth').spec.hostname).toBe('login.example.com');
  });

  it('counts what Keycloak does, and has it collected', () => {
    const { objects } = manifest('auth', '1.22', values({ metrics: on }));
    const { serverConfiguration } = find(objects, 'Keycloak', 'auth-kubezero-auth').spec;
    expect(serverConfiguration).toContainEqual({ name: 'metrics-enabled', value: 'true' });
    expect(find(objects, 'PodMonitor', 'auth-kubezero-auth').spec.podMetricsEndpoints).toEqual([
      { targetPort: 8080, path: '/metrics' },
    ]);
  });

  it('came with 1.22', () => {
    expect(() => validateValues({ auth: on }, release('1.21'))).toThrow(/auth: is a module of KubeZero 1.22/);
  });
});
