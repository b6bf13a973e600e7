import { overlap, parseCidr, smallestPrefix, subnetsOf } from './cidr.ts';
import type { EnvironmentFile } from './environment-schema.ts';
import type { Problem } from './yaml-source.ts';

/** Networks inside the cluster (kubeadm's service default and KubeZero's pod network), which the VPC must not contain. */
const clusterNetworks = { 'the pods': '10.244.0.0/16', 'the services': '10.96.0.0/12' } as const;

/** Parts of environment.yaml that are right by themselves; the others are absent, and rules that need them don't run. */
export type SoundParts = Partial<EnvironmentFile>;

/** What must hold between keys. One small function per rule; each gets what is sound of the file. */
const rules: ((parts: SoundParts) => Problem[])[] = [
  function zonesAreInTheRegion({ region, zones = [] }) {
    if (!region) return [];
    return zones.flatMap((zone, index) =>
      zone.slice(0, -1) === region
        ? []
        : [{ path: ['zones', index], message: `expected a zone of ${region}; found "${zone}"` }],
    );
  },

  function zonesAreDistinct({ zones = [] }) {
    return duplicates(zones).map((index) => ({
      path: ['zones', index],
      message: `zone "${zones[index]}" is listed twice`,
    }));
  },

  function argocdKnowsTheRepository({ delivery, git }) {
    if (delivery !== 'argocd' || !git || git.repoURL) return [];
    const message = 'delivery by ArgoCD needs `git.repoURL`: the URL at which ArgoCD reaches this repository';
    return [{ path: ['git', 'repoURL'], message }];
  },

  function networkFitsTheZones({ network, zones }) {
    if (!network) return [];
    const path = ['network', 'cidr'];
    const parsed = parseCidr(network.cidr);
    if (!parsed)
      return [
        {
          path,
          message: `expected the first address of an IPv4 network, such as 10.0.0.0/16; found "${network.cidr}"`,
        },
      ];
    const problems: Problem[] = Object.entries(clusterNetworks)
      .filter(([, cidr]) => overlap(parsed, parseCidr(cidr)!))
      .map(([whose, cidr]) => ({
        path,
        message: `${network.cidr} overlaps the network of ${whose} in the cluster, ${cidr}`,
      }));
    if (parsed.prefix < 16)
      problems.push({ path, message: `AWS takes no network larger than /16; found /${parsed.prefix}` });
    else if (zones && !subnetsOf(network.cidr, zones))
      problems.push({
        path,
        message: `${network.cidr} is too small: ${zones.length} ${zones.length === 1 ? 'zone needs' : 'zones need'} a public and a private subnet each; expected at least /${smallestPrefix(zones)}`,
      });
    return problems;
  },

  function allowedNetworksAreNetworks({ network }) {
    return (network?.apiAllowedCidrs ?? []).flatMap((cidr, index) =>
      parseCidr(cidr)
        ? []
        : [
            {
              path: ['network', 'apiAllowedCidrs', index],
              message: `expected the first address of an IPv4 network; found "${cidr}"`,
            },
          ],
    );
  },

  function controllersFormAQuorum({ controllers, zones }) {
    const used = controllers?.zones ?? zones;
    if (!controllers || !used || used.length % 2 === 1) return [];
    return [
      {
        path: controllers.zones ? ['controllers', 'zones'] : ['controllers'],
        message: `expected an odd number of controllers: etcd survives no more failures with ${used.length} than with ${used.length - 1}; name the zones in controllers.zones`,
      },
    ];
  },

  function placesAreZonesOfTheEnvironment({ zones, controllers, workers = [] }) {
    if (!zones) return [];
    const strangers = (used: string[] | undefined, path: (string | number)[]) =>
      (used ?? []).flatMap((zone, index) =>
        zones.includes(zone)
          ? []
          : [{ path: [...path, index], message: `expected one of ${zones.join(', ')}; found "${zone}"` }],
      );
    return [
      ...strangers(controllers?.zones, ['controllers', 'zones']),
      ...workers.flatMap((group, index) => strangers(group.zones, ['workers', index, 'zones'])),
    ];
  },

  function controllerZonesAreDistinct({ controllers }) {
    const used = controllers?.zones ?? [];
    return duplicates(used).map((index) => ({
      path: ['controllers', 'zones', index],
      message: `zone "${used[index]}" is listed twice; there is one controller per zone`,
    }));
  },

  function groupSizesAreInOrder({ workers = [] }) {
    return workers.flatMap(({ desired, min = desired, max = desired }, index) => [
      ...(min > desired
        ? [{ path: ['workers', index, 'min'], message: `expected at most desired (${desired}); found ${min}` }]
        : []),
      ...(max < desired
        ? [{ path: ['workers', index, 'max'], message: `expected at least desired (${desired}); found ${max}` }]
        : []),
    ]);
  },

  function labelsAreAllowedForKubelets({ workers = [] }) {
    return workers.flatMap(({ labels }, index) =>
      Object.entries(labels).flatMap(([label, value]) => {
        const message = labelProblem(label, value);
        return message ? [{ path: ['workers', index, 'labels', label], key: label, message }] : [];
      }),
    );
  },
];

/** Runs every rule. */
export function brokenRules(parts: SoundParts): Problem[] {
  return rules.flatMap((rule) => rule(parts));
}

/** Names of worker groups that came before, whatever else is wrong with the groups. */
export function duplicateGroups(workers: unknown): Problem[] {
  if (!Array.isArray(workers)) return [];
  const names = workers.map((group: unknown) => (group as { name?: unknown } | null)?.name);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return typeof name === 'string' && first < index
      ? [{ path: ['workers', index, 'name'], message: `worker group "${name}" exists already: workers[${first}].name` }]
      : [];
  });
}

/** A kubelet doesn't start, or isn't let in, with other labels of Kubernetes' own domains (NodeRestriction). */
function labelProblem(label: string, value: string): string | undefined {
  if (!/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(label))
    return `"${label}" is no label name`;
  if (!/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value)) return `"${value}" is no label value`;
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  const reserved = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  const allowed = /(^|\.)(node|kubelet)\.kubernetes\.io$/.test(domain);
  return reserved && !allowed
    ? `a node may not set "${label}" on itself; expected a label of node.kubernetes.io or of a domain of your own`
    : undefined;
}

function duplicates(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
