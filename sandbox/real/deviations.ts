/**
 * Where a real machine of the sandbox isn't what it is on AWS. Everything in this list stands below the user data, which is
 * executed as it is; what the list doesn't name is the real thing.
 */
export interface MachineDeviation {
  /** What a machine has here. */
  here: string;
  /** What it stands for. */
  standsFor: string;
  why: string;
}

export const machineDeviations: readonly MachineDeviation[] = [
  {
    here: 'namespaces of this host: network, mount, PID, UTS, IPC, cgroup; one kernel for all machines',
    standsFor: 'an EC2 instance with a kernel of its own',
    why: 'virtual machines can’t be run everywhere; memory and processors aren’t limited by instance type, and kubelets report those of this host',
  },
  {
    here: 'a reboot ends the namespaces with SIGKILL and makes new ones; power-off and termination do the same',
    standsFor: 'RebootInstances, which asks the operating system first, and TerminateInstances',
    why: 'what survives the hard way survives the other one too',
  },
  {
    here: 'mounts of the whole root file system are shared (mount --make-rshared /)',
    standsFor: 'what systemd does by itself, and KubeZero’s Alpine image for kubelet and network plugins',
    why: 'the image’s own start-up isn’t here',
  },
  {
    here: 'cgroups of version 1 only, for systemd too',
    standsFor: 'Ubuntu 20.04’s hybrid hierarchy (version 2 beside it, without controllers)',
    why: 'crun refuses it',
  },
  {
    here: 'busybox 1.35 and OpenRC 0.45 of Debian, with Debian’s glibc programs for curl, getent, iproute2, iptables, e2fsprogs, conntrack and the busybox applets that Debian leaves out; this busybox’s shell runs its own applets whatever is on PATH',
    standsFor: 'Alpine 3.15’s busybox 1.34, OpenRC 0.44 and its musl programs (1.22’s image)',
    why: 'Alpine’s packages can’t be had where only Debian’s registry is',
  },
  {
    here: 'this host’s Debian /usr below an overlay, with systemd 252 as init; services of the host that have no place on a server in EC2 are masked, among them those that would set this host’s sysctls and clock',
    standsFor: 'Ubuntu 20.04 with systemd 245 (1.21’s image)',
    why: 'Ubuntu’s packages can’t be had where only Debian’s registry is',
  },
  {
    here: '/usr/lib/cloud/user-data fetches the user data from the metadata service on the first boot and executes it; no other format than #! is known',
    standsFor: 'tiny-cloud (Alpine) and cloud-init (Ubuntu)',
    why: 'neither is a package of ours; both just execute user data that begins with #!',
  },
  {
    here: '/usr/bin/aws sets AWS_ENDPOINT_URL and runs the AWS CLI of the toolchain',
    standsFor: 'the AWS CLI, which finds its endpoints by region',
    why: 'the sandbox’s endpoint has no name in amazonaws.com, and no certificate',
  },
  {
    here: '/lib/modules says that the modules in `absentModules` are built in, besides those that are; any other is refused. On Ubuntu’s machines modprobe is a script that reads it',
    standsFor: 'kernel modules of the image',
    why: 'this kernel loads none, and lacks IPVS: kube-proxy has to do with iptables',
  },
  {
    here: 'files over /proc/sys for the sysctls in `hostWideSysctls`: written and read, without effect',
    standsFor: 'sysctls of a kernel of its own',
    why: 'they would change this host',
  },
  {
    here: 'files over /proc/swaps (none) and /proc/sys/kernel/random/boot_id (another one at each start)',
    standsFor: 'a machine without swap, that has been started anew',
    why: 'kubeadm refuses swap, which this host may have; kubelets know a reboot by this id',
  },
  {
    here: 'a credential provider that refuses',
    standsFor: 'amazon-ecr-credential-helper (1.22’s image)',
    why: 'there is no ECR; without a credential provider the kubelet of 1.22 doesn’t start as it is configured',
  },
  {
    here: 'a loop device on a sparse file; /sys/block is a directory with what is read of the devices that are attached',
    standsFor: 'an EBS volume on NVMe',
    why: 'the kernel’s loop devices have no serial number. A machine that is killed unmounts its file systems: a power cut would lose what wasn’t written yet',
  },
  {
    here: 'a bridge in a network namespace, with routes between subnets and from pods to machines; security groups let everything through',
    standsFor: 'the VPC',
    why: 'the rules are checked where they are planned, not by packets',
  },
  {
    here: 'address and default route are there before the machine starts; the service `networking` only waits for them',
    standsFor: 'DHCP',
    why: 'it needs a server that has nothing to do with what is tried out',
  },
  {
    here: 'credentials that name the instance, accepted whatever the signature',
    standsFor: 'temporary credentials of the instance’s role',
    why: 'the simulated AWS knows who asks by the access key',
  },
  {
    here: '/dev/console is a FIFO whose contents are kept in console.log',
    standsFor: 'the serial console, as EC2’s console output shows it',
    why: 'there is no such device without a virtual machine',
  },
];

/** Modules that the user data asks for and this kernel may lack: `modprobe` answers as if they were there. */
export const absentModules: readonly string[] = [
  'ip_vs',
  'ip_vs_rr',
  'ip_vs_wrr',
  'ip_vs_sh',
  // Built into most kernels without modules; named for the others.
  'br_netfilter',
  'overlay',
  // Of Inferentia's driver, which 1.22's image has.
  'neuron',
];

/** Sysctls without a namespace that the boot program or a kubelet sets, below /proc/sys. */
export const hostWideSysctls: readonly string[] = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
