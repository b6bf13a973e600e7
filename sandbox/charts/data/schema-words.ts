import { list } from '../schemas/list.ts';

/** What a field of a schema is. `reference`: to an entry of a Secret or ConfigMap. `anything`: an object of any fields. */
export type FieldKind =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'int-or-string'
  | 'strings'
  | 'labels'
  | 'anything'
  | 'untyped'
  | 'reference'
  | 'object'
  | 'objects'
  | 'objects-by-name';

/** Names of fields as they are usual in Kubernetes' APIs, by what such a field is. */
export const fieldNames: Readonly<Record<FieldKind, readonly string[]>> = {
  string: list(`
    name, namespace, type, kind, apiVersion, path, host, hostname, protocol, scheme, operator, effect, mode, action,
    reason, message, phase, fieldPath, mountPath, subPath, image, value, interval, timeout, server, region, role,
    user, version, revision, sourceLabel, targetLabel, regex, separator, fsType, volumeName, resource, divisor,
    serverName, lastTransitionTime, key, id, uid, url, tag, zone, unit, level, group, suffix, prefix, owner, project,
    branch, repo, chart, format, policy, class, pool, index, topic, method, label, query, size
  `),
  integer: list(`
    replicas, minReplicas, weight, priority, defaultMode, runAsUser, runAsGroup, fsGroup, timeoutSeconds,
    periodSeconds, failureThreshold, sampleLimit, observedGeneration, maxRetries
  `),
  boolean: list(`
    optional, readOnly, enabled, privileged, hostNetwork, insecureSkipVerify, honorLabels, paused,
    shareProcessNamespace, followRedirects, sendResolved
  `),
  'int-or-string': list('port, targetPort, maxUnavailable, maxSurge, sizeLimit'),
  strings: list('args, command, hosts, namespaces, finalizers, addresses, scopes, values, dnsNames, groups'),
  labels: list(`
    labels, annotations, matchLabels, nodeSelector, limits, requests, headers, volumeAttributes
  `),
  anything: list('config, parameters, rawExtension'),
  untyped: list('defaultValue, rawValue'),
  reference: list('secretKeyRef, configMapKeyRef, caBundleRef, cert, ca'),
  object: list(`
    affinity, selector, podTemplate, securityContext, resources, tlsConfig, retry, strategy, livenessProbe,
    readinessProbe, httpGet, exec, emptyDir, hostPath, persistentVolumeClaim, preference, service, storage, template,
    nodeAffinity, podAffinity, source, destination
  `),
  objects: list(`
    containers, volumes, volumeMounts, env, ports, tolerations, matchExpressions, conditions, rules, endpoints,
    routes, metricRelabelings, items, sources, receivers, initContainers, servers
  `),
  'objects-by-name': list('overrides, subsets, portLevelSettings'),
};

/**
 * First and second halves of names at the top, beside `spec` and `status`: no API has such fields, so that nothing that
 * objects have is taken for a field of a made-up schema.
 */
export const foreignNames = {
  first: list(`
    berth, bollard, bowsprit, bulwark, capstan, fathom, foremast, galley, gunwale, halyard, hawser, jetty, keel,
    lanyard, mainsail, mizzen, mooring, oarlock, quay, rigging, rudder, scupper, sextant, spinnaker, starboard, stern,
    tideway, topsail, transom, windlass
  `),
  second: list('Policy, Template, Settings, Options, Rules, Config, Limits, Profile'),
};

/** Words and frames that descriptions are made of. `N` stands for a noun, `A` for an adjective, `V` for a verb. */
export const descriptionWords = {
  nouns: list(`
    pod, container, volume, Secret, ConfigMap, Service, namespace, label selector, endpoint, certificate, issuer,
    private key, bearer token, password, TLS configuration, request, response, header, node, port, host name, replica,
    rollout, revision, storage class, claim, quota, annotation, scrape interval, route, receiver, alert, rule group,
    sidecar, proxy, workload, resource version, status condition, owner reference, user, group, file mode,
    mount point, query, taint, toleration, affinity term, topology domain, init container, security context,
    capability, SELinux label, seccomp profile, service account, image pull policy, liveness probe, termination log,
    grace period, retention time, write-ahead log, remote endpoint, relabeling step, sample limit, shard, template,
    snapshot, backup, object store, bucket, region, role, policy, zone, DNS record, solver, challenge, order, account,
    authority, signature, key pair, algorithm, duration, deadline, cluster, control plane, gateway, listener, filter,
    subset, load balancer, connection pool, circuit, manifest, repository, sync wave, health check, hook, project,
    destination, operation, patch, controller, kubelet, scheduler, API server, webhook, field path,
    environment variable, command line
  `),
  adjectives: list(`
    optional, default, referenced, current, desired, upstream, matching, underlying, given, same, preferred, external,
    internal, observed, last known, maximum, minimum, deprecated, immutable, required, projected, unique, empty,
    absolute, relative, encrypted, trusted, generated, pending, namespaced, rolling, idle, failed, successful,
    configured, enclosing, additional, temporary
  `),
  verbs: list(`
    selects, overrides, references, is appended to, takes precedence over, is mounted into, validates, is copied from,
    must match, is ignored without, limits, is merged with, describes, authenticates, is evaluated before,
    is exposed by, schedules, restarts, has no effect on, is derived from, signs, is stored in, renews, waits for,
    terminates, is shared with, conflicts with, is reported by, scales
  `),
  frames: [
    'The A N that V the N.',
    'Specifies the N of the A N. If this is not set, the A N V the N, and the A N of the N is used instead.',
    'Whether the N V the A N. Defaults to "false".',
    'Name of the N in the same namespace as the N. This field V the A N and cannot be updated once the N exists.',
    'A list of N names. Each A N V one N; the A N is evaluated in the order in which it is listed.',
    'If specified, the A N V every N with an A N. It is an error when the N and the N are both set, unless the N V the N.',
    'Must be a non-negative number. Zero means that the A N V no N.',
    'More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/',
    'This is an alpha field and requires the A N to be enabled on the N.',
    'Number of seconds after which the A N V the N. Defaults to 1 second; minimum value is 1.',
    'N V the A N, e.g. `name: example`, and the A N is left as it is for a N that V the N.',
    "The N that the A N's N V, relative to the N.",
    'When the N is A, its N V the N, the N and the A N.',
    'Requires the A N; mutually exclusive with the N of the N.',
    'Only the first N is taken where more than one N V the A N.',
    'Set by the N once the N is known: do not change it by hand, since the A N V it.',
    'Format of the N, as in the A N of a N (N, N or N).',
    'How long the N is kept after the A N V its N; -1 keeps it until the N is deleted.',
    'Clients should treat a A N as a N, because older N versions V the N.',
    'Cannot be combined with a A N. A N without a N V nothing but the N.',
  ],
};
