import type { ApiObject } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { readyPods } from '../kubernetes/readiness.ts';

interface Review {
  apiVersion: string;
  kind: string;
  request: {
    uid: string;
    // AdmissionReview
    object?: ApiObject;
    // ConversionReview
    desiredAPIVersion?: string;
    objects?: ApiObject[];
  };
}

/** Answer of a webhook: everything is allowed, objects are converted by name only, pods get what an injector gives them. */
export function answerReview(
  review: Review,
  service: ApiObject,
  path: string,
  view: ClusterView,
): Record<string, unknown> {
  const { apiVersion, kind, request } = review;
  const { uid } = request;
  if (kind === 'ConversionReview') {
    const convertedObjects = (request.objects ?? []).map((object) => ({
      ...object,
      apiVersion: request.desiredAPIVersion,
    }));
    return { apiVersion, kind, response: { uid, result: { status: 'Success' }, convertedObjects } };
  }
  const response: Record<string, unknown> = { uid, allowed: true };
  if (service.metadata.name.startsWith('istiod') && path.startsWith('/inject') && request.object) {
    const patch = injectProxy(request.object, proxyImage(view));
    if (patch.length > 0) {
      response.patchType = 'JSONPatch';
      response.patch = Buffer.from(JSON.stringify(patch)).toString('base64');
    }
  }
  return { apiVersion, kind, response };
}

/** What Istio's injector makes of a gateway's pod: its container of the image `auto` becomes the proxy. */
export function injectProxy(pod: ApiObject, image: string): { op: string; path: string; value: unknown }[] {
  const containers = (pod.spec?.containers ?? []) as { image?: string }[];
  return containers.flatMap((container, index) =>
    container.image === 'auto' ? [{ op: 'replace', path: `/spec/containers/${index}/image`, value: image }] : [],
  );
}

/** The proxy of the version that the running istiod has. */
function proxyImage(view: ClusterView): string {
  const [istiod] = readyPods(view.pods, { labels: { app: 'istiod' } });
  const image = String(istiod?.spec?.containers?.[0]?.image ?? 'docker.io/istio/pilot:1.13.3-distroless');
  return image.replace('/pilot:', '/proxyv2:');
}
