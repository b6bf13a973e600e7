import { named, namespace, release } from '../objects.ts';
import { list, type StandInObject, template, value } from '../template.ts';

const name = named('kube-prometheus-st-admission');
const rbac = 'rbac.authorization.k8s.io';

function hook(when: 'install,upgrade' | 'pre' | 'post') {
  const events = when === 'pre' ? 'pre-install,pre-upgrade' : 'post-install,post-upgrade';
  return {
    'helm.sh/hook': when === 'install,upgrade' ? 'pre-install,pre-upgrade,post-install,post-upgrade' : events,
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
  };
}

function job(part: 'create' | 'patch', image: string): StandInObject {
  const labels = { app: `kube-prometheus-stack-admission-${part}`, release: template(release) };
  return {
    object: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: named(`kube-prometheus-st-admission-${part}`),
        namespace,
        labels,
        annotations: hook(part === 'create' ? 'pre' : 'post'),
      },
      spec: {
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'OnFailure',
            serviceAccountName: name,
            nodeSelector: value('prometheusOperator/admissionWebhooks/patch/nodeSelector'),
            tolerations: list('prometheusOperator/admissionWebhooks/patch/tolerations'),
            containers: [
              {
                name: part,
                image: `k8s.gcr.io/ingress-nginx/kube-webhook-certgen:${image}`,
                args: [part, '--namespace=monitoring', '--secret-name=admission'],
              },
            ],
          },
        },
      },
    },
  };
}

/** Helm hooks that make the certificate of the operator's webhooks and write its CA into them. */
export function admissionJobs(image: string): StandInObject[] {
  const annotations = hook('install,upgrade');
  const rules = [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['get', 'update'] }];
  const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create'] }];
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const object = (kind: string, metadata: object, fields: object): StandInObject => ({
    object: { apiVersion: `${rbac}/v1`, kind, metadata: { name, annotations, ...metadata }, ...fields },
  });
  return [
    { object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, annotations } } },
    object('ClusterRole', {}, { rules }),
    object('ClusterRoleBinding', {}, { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name }, subjects }),
    object('Role', { namespace }, { rules: secrets }),
    object('RoleBinding', { namespace }, { roleRef: { apiGroup: rbac, kind: 'Role', name }, subjects }),
    job('create', image),
    job('patch', image),
  ];
}
