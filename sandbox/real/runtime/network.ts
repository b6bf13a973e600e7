/** Where the configuration of the pods' network is kept on a machine, and what it is called where the runtime reads it. */
export const networkConfiguration = {
  kept: '/usr/share/kubezero-sandbox/pods.conflist',
  file: '10-kubezero-sandbox.conflist',
  directory: '/etc/cni/net.d',
} as const;

/** Plugins that it is made of, from Debian's containernetworking-plugins. */
export const networkPlugins = ['bridge', 'host-local', 'loopback', 'portmap'];
/** Where that package has them. */
export const networkPluginSource = '/usr/lib/cni';

/** The network of one machine's pods: a bridge with addresses of its own range; other machines' are reached by routes. */
export function podNetwork(subnet: string): object {
  return {
    cniVersion: '0.3.1',
    name: 'kubezero-sandbox',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isDefaultGateway: true,
        hairpinMode: true,
        ipMasq: false,
        ipam: { type: 'host-local', ranges: [[{ subnet }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** Range of the pods of a machine, by its number in the sandbox (0 to 254): a part of the cluster's 10.244.0.0/16. */
export function podSubnet(number: number): string {
  if (!Number.isInteger(number) || number < 0 || number > 254)
    throw new Error(`no range of pods left for machine ${number}`);
  return `10.244.${number}.0/24`;
}
