import type { MachineDeviation } from '../deviations.ts';

/** Where container runtime, images and pods of real machines aren't what they are on AWS; what isn't named here is real. */
export const runtimeDeviations: readonly MachineDeviation[] = [
  {
    here: 'containerd 1.6 (Debian), listening at cri-o’s socket as the service `crio`; the file in /etc/crio/crio.conf.d is written and not read',
    standsFor: 'cri-o 1.21 and 1.22',
    why: 'cri-o is neither a package of Debian nor a module that can be built here; where `crio` is on PATH it runs, with that file',
  },
  {
    here: 'crun 1.8 (Debian) for both handlers, `crun` and `runc`',
    standsFor: 'crun 1.4 (1.22’s image) and runc (1.21’s)',
    why: 'one runtime that works in namespaces of this host; what pods can tell apart is the handler’s name',
  },
  {
    here: 'a program in crun’s and runc’s place corrects each bundle before crun gets it: negative oomScoreAdj becomes 0',
    standsFor: 'the protection of system pods from the OOM killer',
    why: 'lowering a score needs CAP_SYS_RESOURCE, which root of a container host may lack',
  },
  {
    here: 'limits of huge pages are left out, by the same program and by containerd',
    standsFor: 'the hugetlb controller',
    why: 'this kernel may have no such hierarchy; no pod of the modules asks for huge pages',
  },
  {
    here: 'no AppArmor profiles; seccomp’s default profile is the runtime’s, and in force',
    standsFor: 'Ubuntu’s AppArmor (1.21); Alpine has none',
    why: 'this kernel may lack it, and profiles would be the host’s',
  },
  {
    here: 'images come from a registry of the sandbox, over HTTP, under their real names; names with a digest can’t be served',
    standsFor: 'the registries they are published in',
    why: 'these can’t be reached here, and nothing else has the digest of the real image',
  },
  {
    here: 'API server, controller-manager, scheduler, kube-proxy and etcd images have the toolchain’s binaries; etcd is 3.5 under the tags 3.4.13-0 and 3.5.0-0',
    standsFor: 'upstream’s images; etcd 3.4.13',
    why: 'the toolchain has one etcd; its data and API are those of 3.4 for what is used here',
  },
  {
    here: 'kube-proxy’s mode ipvs falls back to iptables (nf_tables) by itself; nf_conntrack_max and hashsize lie under files of the machine, which it sets without effect',
    standsFor: 'IPVS, and settings of a kernel of its own',
    why: 'this kernel has no ip_vs; the settings would be the host’s, which refuses them to a network namespace',
  },
  {
    here: 'a pause image of our own',
    standsFor: 'k8s.gcr.io/pause 3.4.1 and 3.5',
    why: 'it does the same: it ends when told to, reaps, and answers -v',
  },
  {
    here: 'the stand-in image under every other name, CoreDNS among them: a static program in place of whatever command, with the pod’s user, capabilities, file systems and limits. It listens on declared and probed ports with HTTP 200 for any path, over TLS where it is spoken to so; what is executed in it succeeds and says nothing; init containers and pods that aren’t restarted end with 0 at once',
    standsFor: 'the images of all modules',
    why: 'they can’t be had here. Nothing that only their programs would find out is found: configuration they can’t read, permissions they lack, ports they need and don’t declare',
  },
  {
    here: 'a stand-in whose pod and container name no user runs as root; CAP_NET_BIND_SERVICE, where the pod leaves it in the bounding set, is in force for other users too',
    standsFor: 'the user of the real image and the capabilities of its files',
    why: 'only the real image knows them',
  },
  {
    here: 'the admin image has kubeadm, kubectl, etcdctl, etcdutl, the AWS CLI (asking the sandbox’s AWS) and busybox',
    standsFor:
      'public.ecr.aws/zero-downtime/kubezero-admin (Alpine, with restic, helm, yq and upstream’s kubezero.sh besides)',
    why: 'what the scripts of the upgrade and of the backup call is there; upstream’s own script is not used',
  },
  {
    here: 'a bridge with a range of addresses for each machine and routes between them. Its configuration is written by the stand-in of whatever pod mounts /etc/cni/net.d, so that a node gets ready when the network module is there and not before',
    standsFor: 'Calico or Cilium, and Multus',
    why: 'their images can’t be had here; network policies, IP pools and encapsulation are not tried',
  },
  {
    here: 'API servers reach webhooks and aggregated APIs through a proxy of the sandbox, by an argument and a mount of their image; it answers while a pod behind the service is ready, and connects to kubelets themselves',
    standsFor: 'connections to the pods behind services',
    why: 'the stand-ins in the pods know no admission and no metrics',
  },
];
