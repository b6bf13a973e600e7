import { onePerHost, podSpec } from '../conventions.ts';
import type { KubernetesObject, Values } from '../definition.ts';
import type { IngressGateway } from './gateway.ts';

/** Only nodes behind the matching load balancer, and one pod per machine. */
export function gatewayAffinity({ name, nodeLabel }: IngressGateway) {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: nodeLabel, operator: 'Exists' }] }],
      },
    },
    ...onePerHost(name),
  };
}

/**
 * What KubeZero's patched copies of the gateway charts set: time for the load balancer to take a new pod into service
 * (40 s by its settings, more in practice) and to take an old one out.
 */
export function patchGateway(object: KubernetesObject, bootstrap: string): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  const copy = structuredClone(object);
  (copy.spec as Values).minReadySeconds = 120;
  const pod = podSpec(copy)!;
  pod.terminationGracePeriodSeconds = 120;
  const volume = 'custom-bootstrap-volume';
  if (!pod.volumes?.some(({ name }) => name === volume)) {
    pod.volumes = [...(pod.volumes ?? []), { name: volume, configMap: { name: bootstrap } } as { name: string }];
    for (const container of pod.containers ?? []) {
      container.volumeMounts = [
        ...(container.volumeMounts ?? []),
        { name: volume, mountPath: '/etc/istio/custom-bootstrap', readOnly: true } as {
          name: string;
          mountPath: string;
        },
      ];
    }
  }
  return copy;
}

export const bootstrapOverride = { ISTIO_BOOTSTRAP_OVERRIDE: '/etc/istio/custom-bootstrap/custom_bootstrap.json' };

export const drainAnnotation = { 'proxy.istio.io/config': '{ "terminationDrainDuration": "20s" }' };

export const gatewayResources = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } };
