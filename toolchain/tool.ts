/**
 * What a tool needs to be in the toolchain: data only, so that the list in tools.ts can be read at a glance and tests
 * can bring their own.
 */

/**
 * Why a tool is needed: `engine` for up, preview and upgrade; `sandbox` for rehearsals, with `argocd` where ArgoCD
 * delivers the modules, with `machines` where machines really boot; `shell` for the Pulumi CLI by hand.
 */
export const toolGroups = ['engine', 'sandbox', 'argocd', 'shell', 'machines'] as const;
export type ToolGroup = (typeof toolGroups)[number];

/** Installed unless told. `machines` builds as long as all others together and is of use to root on Linux only. */
export const defaultToolGroups: readonly ToolGroup[] = toolGroups.filter((group) => group !== 'machines');

/** Operating system and processor in Go's words, e.g. `linux-amd64`. */
export type Platform = `${'linux' | 'darwin'}-${'amd64' | 'arm64'}`;

export interface Tool {
  /** With the version, the tool's identity and its place in the cache. */
  name: string;
  /** Without `v`. */
  version: string;
  groups: ToolGroup[];
  /** Completes "needed for ...". */
  neededFor: string;
  /** Kubernetes version that it is part of: who needs some of them says which. */
  kubernetes?: string;
  binaries: Binary[];
  /** The files of the official release for a platform; empty where upstream publishes none for it. */
  release(platform: Platform): ReleaseFile[];
  build: GoBuild | PythonBuild;
}

export interface Binary {
  /** File name, e.g. `kube-apiserver`. */
  name: string;
  version: VersionCheck;
}

/** How a binary says which version it is. */
export type VersionCheck =
  /** Run with these arguments; the first semantic version in its output counts. */
  | { arguments: string[]; accepts?: VersionRule }
  /** A Pulumi plugin: started, then asked over gRPC (`GetPluginInfo` of this service). */
  | { pluginService: string; accepts?: VersionRule };

/**
 * Which versions found on the machine will do. `exact` (default): only the pinned one. `compatible`: the pinned one or a
 * newer one of the same major version.
 */
export type VersionRule = 'exact' | 'compatible';

export interface ReleaseFile {
  url: string;
  checksum: ChecksumSource;
  /** Archive members by binary name (.tar.gz), or the name of the one binary that the file itself is. */
  contents: { members: Record<string, string> } | { binary: string };
}

/** Where upstream publishes the SHA-256 of a release file. */
export type ChecksumSource =
  /** A text file: the digest alone, or lines of `<digest>  <file name>`. */
  | { file: string }
  /** The release in GitHub's API, whose assets carry a `digest` (absent for assets uploaded before June 2025). */
  | { githubRelease: string };

/** How the tool is built with the ordinary Go client; modules are verified against the committed go.sum. */
export interface GoBuild {
  kind?: 'go';
  /** Folder below toolchain/go with go.mod and go.sum. */
  folder: string;
  /** Go package of each binary. */
  packages: Record<string, string>;
  /** Variables set by the linker (`-X`). */
  variables: Record<string, string>;
  /** What the module lacks and has to be made before it compiles (prepare.ts). */
  prepare?: 'kubernetes-openapi' | 'pulumi-provider-schema';
}

/** How the tool is put together from packages of PyPI, each verified against the committed hashes. */
export interface PythonBuild {
  kind: 'python';
  /** Folder below toolchain/python with requirements.txt. */
  folder: string;
  /** The function that each binary calls: `module:function`. */
  entryPoints: Record<string, string>;
}

/** For people and messages: `etcd 3.5.21`. */
export function label(tool: Pick<Tool, 'name' | 'version'>): string {
  return `${tool.name} ${tool.version}`;
}

/** This machine's platform; undefined where no tool can be had (Windows: use WSL). */
export function currentPlatform(): Platform | undefined {
  const system = process.platform === 'linux' || process.platform === 'darwin' ? process.platform : undefined;
  const processor = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] as 'amd64' | 'arm64' | undefined;
  return system && processor ? `${system}-${processor}` : undefined;
}
