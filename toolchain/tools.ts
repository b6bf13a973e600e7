import { releases } from '../releases/index.ts';
import type { GoBuild, Platform, ReleaseFile, Tool } from './tool.ts';

const pulumiVersion = '3.274.1';
const languageHostVersion = '3.65.1';
const kubernetesProviderVersion = '4.25.0';
const etcdVersion = '3.5.21';
const kwokVersion = '0.7.0';
const argocdVersion = '2.3.3';
const crictlVersion = '1.34.0';
/** Those of the releases, each once. */
const kubernetesVersions = [...new Set(Object.values(releases).map(({ kubernetesVersion }) => kubernetesVersion))];

/** Every tool this project runs, in the order of installation: what most commands need comes first. */
export const tools: readonly Tool[] = [
  {
    name: 'pulumi',
    version: pulumiVersion,
    groups: ['engine', 'shell'],
    neededFor: 'every stack update and preview (the Pulumi engine)',
    binaries: [{ name: 'pulumi', version: { arguments: ['version'], accepts: 'compatible' } }],
    release: (platform) => pulumiArchive(pulumiVersion, platform, 'pulumi'),
    build: {
      folder: 'pulumi',
      packages: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
      // Without it the Automation API refuses the CLI ("Failed to get Pulumi version").
      variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${pulumiVersion}` },
    },
  },
  {
    name: 'pulumi-resource-kubernetes',
    version: kubernetesProviderVersion,
    groups: ['engine'],
    neededFor: 'the modules layer (the Pulumi provider for Kubernetes)',
    binaries: [{ name: 'pulumi-resource-kubernetes', version: { pluginService: 'pulumirpc.ResourceProvider' } }],
    release: (platform) => [
      {
        url: `https://get.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v${kubernetesProviderVersion}-${platform}.tar.gz`,
        checksum: {
          file: `${github('pulumi/pulumi-kubernetes', kubernetesProviderVersion)}/pulumi-kubernetes_${kubernetesProviderVersion}_checksums.txt`,
        },
        contents: { members: { 'pulumi-resource-kubernetes': 'pulumi-resource-kubernetes' } },
      },
    ],
    build: {
      folder: 'pulumi-resource-kubernetes',
      packages: { 'pulumi-resource-kubernetes': '.' },
      variables: {
        'github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version': kubernetesProviderVersion,
      },
      prepare: 'pulumi-provider-schema',
    },
  },
  {
    name: 'etcd',
    version: etcdVersion,
    groups: ['sandbox'],
    neededFor: "rehearsals (each controller's etcd member, backups)",
    binaries: [
      { name: 'etcd', version: { arguments: ['--version'] } },
      { name: 'etcdctl', version: { arguments: ['version'] } },
      { name: 'etcdutl', version: { arguments: ['version'] } },
    ],
    // macOS releases are zip files; there the build is as quick.
    release: (platform) =>
      platform.startsWith('linux')
        ? [
            {
              url: `${github('etcd-io/etcd', etcdVersion)}/etcd-v${etcdVersion}-${platform}.tar.gz`,
              checksum: { file: `${github('etcd-io/etcd', etcdVersion)}/SHA256SUMS` },
              contents: {
                members: Object.fromEntries(
                  ['etcd', 'etcdctl', 'etcdutl'].map((name) => [name, `etcd-v${etcdVersion}-${platform}/${name}`]),
                ),
              },
            },
          ]
        : [],
    build: {
      folder: 'etcd',
      packages: {
        etcd: 'go.etcd.io/etcd/server/v3',
        etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
        etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
      },
      variables: {},
    },
  },
  ...kubernetesVersions.map(kubernetes),
  {
    name: 'kwok',
    version: kwokVersion,
    groups: ['sandbox'],
    neededFor: 'rehearsals (nodes and the pods on them)',
    binaries: [{ name: 'kwok', version: { arguments: ['--version'] } }],
    release: (platform) => [
      {
        url: `${github('kubernetes-sigs/kwok', kwokVersion)}/kwok-${platform}`,
        checksum: { githubRelease: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${kwokVersion}` },
        contents: { binary: 'kwok' },
      },
    ],
    build: {
      folder: 'kwok',
      packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
      variables: {},
    },
  },
  {
    name: 'argocd',
    version: argocdVersion,
    groups: ['argocd'],
    neededFor: 'rehearsals of environments that ArgoCD delivers (its application controller and repository server)',
    binaries: [{ name: 'kubezero-argocd', version: { arguments: ['version'] } }],
    // Upstream's own binary leaves Redis to others.
    release: () => [],
    build: {
      folder: 'argocd',
      packages: { 'kubezero-argocd': '.' },
      variables: { 'github.com/argoproj/argo-cd/v2/common.version': argocdVersion },
    },
  },
  {
    name: 'pulumi-language-nodejs',
    // The newest version whose Go module can be built; it works with the CLI above.
    version: languageHostVersion,
    groups: ['shell'],
    neededFor: '`pulumi up` and `pulumi preview` from a shell',
    binaries: [
      {
        name: 'pulumi-language-nodejs',
        version: { pluginService: 'pulumirpc.LanguageRuntime', accepts: 'compatible' },
      },
    ],
    release: (platform) => pulumiArchive(languageHostVersion, platform, 'pulumi-language-nodejs'),
    build: {
      folder: 'pulumi-language-nodejs',
      packages: {
        'pulumi-language-nodejs': 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      },
      variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${languageHostVersion}` },
    },
  },
  ...kubernetesVersions.map(kubernetesNode),
  {
    name: 'crictl',
    // Newer than the machines: it speaks version 1 of the CRI, which every container runtime they may have serves.
    version: crictlVersion,
    groups: ['machines'],
    neededFor: 'rehearsals on real machines (kubeadm asks the container runtime with it)',
    binaries: [{ name: 'crictl', version: { arguments: ['--version'] } }],
    release: (platform) => {
      const url = `${github('kubernetes-sigs/cri-tools', crictlVersion)}/crictl-v${crictlVersion}-${platform}.tar.gz`;
      return [{ url, checksum: { file: `${url}.sha256` }, contents: { members: { crictl: 'crictl' } } }];
    },
    build: {
      folder: 'crictl',
      packages: { crictl: 'sigs.k8s.io/cri-tools/cmd/crictl' },
      variables: { 'sigs.k8s.io/cri-tools/pkg/version.Version': crictlVersion },
    },
  },
  {
    name: 'awscli',
    version: '1.46.3',
    groups: ['machines'],
    neededFor: "rehearsals on real machines (the boot program's calls to AWS)",
    binaries: [{ name: 'aws', version: { arguments: ['--version'] } }],
    // Upstream publishes it on PyPI only.
    release: () => [],
    build: { kind: 'python', folder: 'awscli', entryPoints: { aws: 'awscli.clidriver:main' } },
  },
];

/** The control plane of one Kubernetes version and kubeadm, which are built together: they share nearly all packages. */
function kubernetes(version: string): Tool {
  return {
    name: 'kubernetes',
    version,
    groups: ['sandbox'],
    kubernetes: version,
    neededFor: `rehearsals (controllers at Kubernetes ${version})`,
    ...kubernetesBinaries(version, {
      'kube-apiserver': ['--version'],
      'kube-controller-manager': ['--version'],
      'kube-scheduler': ['--version'],
      kubeadm: ['version', '-o', 'short'],
    }),
  };
}

/** What else a machine of one Kubernetes version has: a tool of its own, so that ordinary rehearsals don't build it. */
function kubernetesNode(version: string): Tool {
  const binaries = kubernetesBinaries(version, {
    kubelet: ['--version'],
    kubectl: ['version', '--client'],
    'kube-proxy': ['--version'],
  });
  return {
    name: 'kubernetes-node',
    version,
    groups: ['machines'],
    kubernetes: version,
    neededFor: `rehearsals on real machines (at Kubernetes ${version})`,
    ...binaries,
    // The API server's generated file is in neither of them: they build from the modules as they are.
    build: { ...binaries.build, prepare: undefined },
  };
}

/** @param names  commands of Kubernetes' repository, with the arguments to which each answers its version */
function kubernetesBinaries(
  version: string,
  names: Record<string, string[]>,
): Pick<Tool, 'binaries' | 'release'> & { build: GoBuild } {
  const [major = '', minor = ''] = version.split('.');
  return {
    binaries: Object.entries(names).map(([name, args]) => ({ name, version: { arguments: args } })),
    // Upstream publishes what runs on machines for Linux only.
    release: (platform) =>
      platform.startsWith('linux')
        ? Object.keys(names).map((name): ReleaseFile => {
            const url = `https://dl.k8s.io/release/v${version}/bin/${platform.replace('-', '/')}/${name}`;
            return { url, checksum: { file: `${url}.sha256` }, contents: { binary: name } };
          })
        : [],
    build: {
      folder: `kubernetes-${version}`,
      packages: Object.fromEntries(Object.keys(names).map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
      variables: {
        'k8s.io/component-base/version.gitVersion': `v${version}`,
        'k8s.io/component-base/version.gitMajor': major,
        'k8s.io/component-base/version.gitMinor': minor,
        'k8s.io/client-go/pkg/version.gitVersion': `v${version}`,
      },
      prepare: 'kubernetes-openapi',
    },
  };
}

/** One binary out of Pulumi's release archive, which has all of them in a folder `pulumi`. */
function pulumiArchive(version: string, platform: Platform, binary: string): ReleaseFile[] {
  const releases = 'https://get.pulumi.com/releases/sdk';
  return [
    {
      url: `${releases}/pulumi-v${version}-${platform.replace('amd64', 'x64')}.tar.gz`,
      checksum: { file: `${releases}/pulumi-${version}-checksums.txt` },
      contents: { members: { [binary]: `pulumi/${binary}` } },
    },
  ];
}

function github(repository: string, version: string): string {
  return `https://github.com/${repository}/releases/download/v${version}`;
}
