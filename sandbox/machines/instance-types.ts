/** vCPUs and GiB of memory by instance size, for the families that clusters use. */
const gibPerCpu: Record<string, number> = { t: 2, m: 4, c: 2, r: 8, i: 8, inf: 2 };
const cpusBySize: Record<string, number> = { nano: 2, micro: 2, small: 2, medium: 2, large: 2, xlarge: 4 };

/** Sizes whose memory doesn't follow from their vCPUs. */
const odd: Record<string, { cpus: number; gib: number }> = {
  't3.micro': { cpus: 2, gib: 1 },
  't3.small': { cpus: 2, gib: 2 },
  't3.medium': { cpus: 2, gib: 4 },
  't3.large': { cpus: 2, gib: 8 },
  't3.xlarge': { cpus: 4, gib: 16 },
  't3.2xlarge': { cpus: 8, gib: 32 },
  'inf1.xlarge': { cpus: 4, gib: 8 },
  'inf1.2xlarge': { cpus: 8, gib: 16 },
  'inf1.6xlarge': { cpus: 24, gib: 48 },
  'inf1.24xlarge': { cpus: 96, gib: 192 },
};

/** vCPUs and memory of an instance type; an unknown one counts as 2 vCPUs and 8 GiB. */
export function sizeOf(instanceType: string): { cpus: number; gib: number } {
  const [, family = '', generation = '', size = ''] = /^([a-z]+)(\d\w*)\.(\w+)$/.exec(instanceType) ?? [];
  const known = odd[instanceType] ?? odd[instanceType.replace(/^t\d\w*\./, 't3.')];
  if (known && (family === 't' || family === 'inf')) return known;
  const [, multiple] = /^(\d+)xlarge$/.exec(size) ?? [];
  const cpus = multiple ? Number(multiple) * 4 : cpusBySize[size];
  const ratio = gibPerCpu[family];
  return cpus && ratio && generation ? { cpus, gib: cpus * ratio } : { cpus: 2, gib: 8 };
}

/** What a node of that type has, and what it leaves to pods after the kubelet's reservations. */
export function capacityOf(instanceType: string): Record<'capacity' | 'allocatable', Record<string, string>> {
  const { cpus, gib } = sizeOf(instanceType);
  const shared = { pods: '110', 'ephemeral-storage': '32Gi', 'hugepages-2Mi': '0' };
  return {
    capacity: { cpu: String(cpus), memory: `${gib * 1024}Mi`, ...shared },
    allocatable: { cpu: `${cpus * 1000 - 70}m`, memory: `${gib * 1024 - 292}Mi`, ...shared },
  };
}
