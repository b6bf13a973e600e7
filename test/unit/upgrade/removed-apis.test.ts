import { expect, it } from 'vitest';
import { parseDeprecatedApis } from '../../../automation/live/kubernetes/removed-apis.ts';

const metrics = `# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",subresource="status",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="podsecuritypolicies",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="rbac.authorization.k8s.io",removed_release="1.22",resource="roles",subresource="",version="v1beta1"} 0
`;

it('reads from an API server which removed APIs somebody asked for', () => {
  expect(parseDeprecatedApis(metrics, '1.22')).toEqual(['extensions/v1beta1 ingresses']);
  expect(parseDeprecatedApis(metrics, '1.25')).toEqual(['policy/v1beta1 podsecuritypolicies']);
});

it('what only the garbage collector reads is no use', () => {
  const asked =
    'apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",subresource="",version="v1beta1"} 1';
  const request = (verb: string) =>
    `apiserver_request_total{code="200",group="extensions",resource="ingresses",verb="${verb}",version="v1beta1"} 1`;
  const inUse = (...verbs: string[]) => parseDeprecatedApis([asked, ...verbs.map(request)].join('\n'), '1.22');
  expect(inUse('LIST', 'WATCH')).toEqual([]);
  expect(inUse('LIST', 'POST')).toEqual(['extensions/v1beta1 ingresses']);
});
