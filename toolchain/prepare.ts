import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { RunGo } from './build-context.ts';
import type { GoBuild, Tool } from './tool.ts';

/**
 * Makes what a tool's Go module lacks, in the build directory.
 *
 * @returns vendored: the build directory has a `vendor` folder that is to be built from
 */
export async function prepare(
  tool: Pick<Tool, 'version'> & { build: GoBuild },
  work: string,
  go: RunGo,
  onDetail: (detail: string) => void,
): Promise<{ vendored: boolean }> {
  switch (tool.build.prepare) {
    case 'pulumi-provider-schema':
      onDetail('schema');
      await writeProviderSchema(tool, work, go);
      return { vendored: false };
    case 'kubernetes-openapi':
      await generateOpenApi(work, go, onDetail);
      return { vendored: true };
    case undefined:
      return { vendored: false };
  }
}

/**
 * The provider embeds its schema, with the released version in it, and its mapping from Terraform names. Both lie in
 * the module (cmd/pulumi-resource-kubernetes) in the form that upstream's own build starts from.
 */
async function writeProviderSchema(tool: Pick<Tool, 'version'>, work: string, go: RunGo): Promise<void> {
  const module = 'github.com/pulumi/pulumi-kubernetes/provider/v4';
  await go(['mod', 'download', module]);
  const directory = (await go(['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module])).trim();
  const read = async (name: string) =>
    JSON.parse(await readFile(join(directory, 'cmd/pulumi-resource-kubernetes', name), 'utf8'));
  const schema = { ...(await read('schema.json')), version: tool.version };
  await writeFile(join(work, 'schema.json'), JSON.stringify(schema));
  await writeFile(join(work, 'terraform-mapping.json'), JSON.stringify(await read('terraform-mapping.json')));
}

/**
 * Kubernetes' module lacks one generated file, pkg/generated/openapi/zz_generated.openapi.go (upstream keeps it out of
 * git until a release is built). Its generator is among the vendored packages. Files can't be added to a module in the
 * module cache, so everything is vendored (`-e`: in spite of the missing package) and the file goes there.
 */
async function generateOpenApi(work: string, go: RunGo, onDetail: (detail: string) => void): Promise<void> {
  onDetail('collecting sources');
  await go(['mod', 'vendor', '-e']);
  const vendor = join(work, 'vendor');
  const marked = await packagesWithOpenApi(join(vendor, 'k8s.io'), vendor);
  const inputs = [
    ...marked,
    'k8s.io/apimachinery/pkg/api/resource',
    'k8s.io/apimachinery/pkg/runtime',
    'k8s.io/apimachinery/pkg/util/intstr',
  ];
  onDetail('generating OpenAPI definitions');
  await writeFile(join(work, 'header.txt'), '');
  const output = 'k8s.io/kubernetes/pkg/generated/openapi';
  await go([
    'run',
    '-mod=vendor',
    'k8s.io/kube-openapi/cmd/openapi-gen',
    ...['--go-header-file', 'header.txt'],
    ...['--input-dirs', inputs.join(',')],
    ...['--output-base', 'generated'],
    ...['--output-package', output],
    ...['--output-file-base', 'zz_generated.openapi'],
    // Deviations from API conventions, known to upstream; written to stdout unless a file is given.
    ...['--report-filename', 'violations.txt'],
  ]);
  await mkdir(join(vendor, output), { recursive: true });
  await cp(join(work, 'generated', output), join(vendor, output), { recursive: true });
}

/** Import paths of the packages whose doc.go asks for OpenAPI definitions. */
async function packagesWithOpenApi(root: string, vendor: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const docs = entries.filter((entry) => entry.isFile() && entry.name === 'doc.go');
  const found = await Promise.all(
    docs.map(async (entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return (await readFile(path, 'utf8')).includes('+k8s:openapi-gen=') ? relative(vendor, dirname(path)) : undefined;
    }),
  );
  return found.filter((path) => path !== undefined).sort();
}
