import { fullName, needs, standardLabels } from '../conventions.ts';
import { defineModule } from '../definition.ts';
import { exposedTool, routeTo } from '../exposure.ts';
import { keycloak, keycloakMonitor } from './keycloak.ts';
import { keycloakCrds, keycloakOperator } from './operator.ts';
import { type AuthValues, authValues } from './schema.ts';

export const auth = defineModule<AuthValues>({
  id: 'auth',
  purpose: 'Single sign-on: Keycloak and its operator',
  dependsOn: ['istio', 'metrics'],
  since: '1.22',
  requires: [needs('istio', 'keycloak.istio.enabled'), needs('metrics', 'keycloak.metrics.enabled')],
  values: authValues,
  crds: ({ values }) => (values.keycloak.enabled ? [{ from: 'objects', objects: keycloakCrds }] : []),
  manifest({ release, values: { namespace, releaseName, keycloak: given } }) {
    const name = fullName(releaseName, 'kubezero-auth');
    const labels = standardLabels(release, 'auth', 'kubezero-auth', releaseName);
    const metrics = given.metrics.enabled;
    const at = { name, namespace, labels };
    return {
      namespace: { name: namespace },
      charts: [],
      objects: given.enabled
        ? [
            ...keycloakOperator(namespace),
            keycloak({ ...at, host: given.istio.url, metrics }),
            ...(metrics ? [keycloakMonitor(at)] : []),
            ...exposedTool(given.istio, { ...at, releaseName, http: [{ route: routeTo(`${name}-service`) }] }),
          ]
        : [],
    };
  },
});
