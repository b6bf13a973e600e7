import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { SecurityGroupEgressRule } from '@pulumi/aws/vpc/securityGroupEgressRule.js';
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js';
import type { CustomResourceOptions, Input } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { tags } from '../tags.ts';

type Role = 'controller' | 'worker';

/** Who may talk to whom: every line is an ingress rule, named by what it is for. */
interface Allowed {
  what: string;
  to: Role[];
  from: Role[] | 'vpc' | 'api-clients';
  protocol: 'tcp' | 'udp' | '-1';
  ports?: [from: number, to: number];
}

const nodes: Role[] = ['controller', 'worker'];

const allowed: Allowed[] = [
  { what: 'api', to: ['controller'], from: 'api-clients', protocol: 'tcp', ports: [6443, 6443] },
  { what: 'etcd', to: ['controller'], from: ['controller'], protocol: 'tcp', ports: [2379, 2380] },
  // Prometheus runs on workers.
  { what: 'etcd-metrics', to: ['controller'], from: nodes, protocol: 'tcp', ports: [2381, 2381] },
  { what: 'kubelet', to: nodes, from: nodes, protocol: 'tcp', ports: [10250, 10250] },
  { what: 'control-plane-metrics', to: ['controller'], from: nodes, protocol: 'tcp', ports: [10257, 10259] },
  { what: 'kube-proxy-metrics', to: nodes, from: nodes, protocol: 'tcp', ports: [10249, 10249] },
  { what: 'node-metrics', to: nodes, from: nodes, protocol: 'tcp', ports: [9090, 9100] },
  // Pods talk through the overlay: Calico's VXLAN or Cilium's Geneve.
  { what: 'vxlan', to: nodes, from: nodes, protocol: 'udp', ports: [4789, 4789] },
  { what: 'geneve', to: nodes, from: nodes, protocol: 'udp', ports: [6081, 6081] },
  { what: 'cilium-health', to: nodes, from: nodes, protocol: 'tcp', ports: [4240, 4240] },
  // Webhooks of pods on the host network, on any node.
  { what: 'webhooks', to: nodes, from: ['controller'], protocol: 'tcp', ports: [443, 443] },
  // Gateways behind load balancers: public ones on 30xxx, private ones on 31xxx; UDP isn't served.
  { what: 'public-ingress', to: ['worker'], from: 'vpc', protocol: 'tcp', ports: [30000, 30999] },
  { what: 'private-ingress', to: ['worker'], from: 'vpc', protocol: 'tcp', ports: [31000, 31999] },
];

/** Security groups of controllers and workers, closed but for what is in the table above. */
export function createSecurityGroups(environment: Environment, vpcId: Input<string>, options: CustomResourceOptions) {
  const { name, network } = environment;
  const group = (role: Role) =>
    new SecurityGroup(
      role,
      { vpcId, name: `${name}-${role}`, description: `${role}s of cluster ${name}`, tags: tags(name, role) },
      options,
    );
  const groups = { controller: group('controller'), worker: group('worker') };

  for (const { what, to, from, protocol, ports } of allowed) {
    for (const target of to) {
      for (const source of sources(from, network)) {
        new SecurityGroupIngressRule(
          `${target}-${what}-from-${source.name}`,
          {
            securityGroupId: groups[target].id,
            description: `${what} from ${source.name}`,
            ipProtocol: protocol,
            ...(ports ? { fromPort: ports[0], toPort: ports[1] } : {}),
            ...('role' in source ? { referencedSecurityGroupId: groups[source.role].id } : { cidrIpv4: source.cidr }),
          },
          options,
        );
      }
    }
  }
  for (const role of nodes) {
    new SecurityGroupEgressRule(
      `${role}-out`,
      { securityGroupId: groups[role].id, description: 'anywhere', ipProtocol: '-1', cidrIpv4: '0.0.0.0/0' },
      options,
    );
  }
  return { controllerSecurityGroupId: groups.controller.id, workerSecurityGroupId: groups.worker.id };
}

type Source = { name: string; role: Role } | { name: string; cidr: string };

function sources(from: Allowed['from'], network: Environment['network']): Source[] {
  const vpc: Source = { name: 'vpc', cidr: network.cidr };
  if (from === 'vpc') return [vpc];
  if (from === 'api-clients')
    return [vpc, ...network.apiAllowedCidrs.map((cidr) => ({ name: cidr.replace('/', '-'), cidr }))];
  return from.map((role) => ({ name: `${role}s`, role }));
}
