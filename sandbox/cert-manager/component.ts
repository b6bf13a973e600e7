import { Release, type ReleaseArgs } from '@pulumi/kubernetes/helm/v3/release.js';
import * as pulumi from '@pulumi/pulumi';

export const certManagerType = 'kubernetes-cert-manager:index:CertManager';

/** Inputs as @pulumi/kubernetes-cert-manager declares them: chart values by name, and how to install the chart. */
export type CertManagerInputs = Record<string, pulumi.Input<unknown>> & {
  helmOptions?: pulumi.Input<Partial<ReleaseArgs>>;
};

/**
 * What the real provider's component is made of: one Helm release of the cert-manager chart, named `<name>-helm`, to which the
 * component's own inputs are values that win over `helmOptions.values`, top-level key by top-level key.
 */
export class CertManager extends pulumi.ComponentResource {
  readonly status: Release['status'];

  constructor(name: string, inputs: CertManagerInputs, options: pulumi.ComponentResourceOptions) {
    super(certManagerType, name, {}, options);
    const { helmOptions, ...values } = inputs;
    const release = new Release(`${name}-helm`, releaseArgs(helmOptions, values), { parent: this });
    this.status = release.status;
    this.registerOutputs({ status: this.status });
  }
}

function releaseArgs(helmOptions: CertManagerInputs['helmOptions'], values: Record<string, unknown>): ReleaseArgs {
  const given = pulumi.output(helmOptions ?? {});
  const option = <Key extends keyof ReleaseArgs>(key: Key) =>
    given.apply((options) => options[key as keyof typeof options] as ReleaseArgs[Key]);
  const typed = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    ...Object.fromEntries(passedOn.map((key) => [key, option(key)])),
    chart: given.apply(({ chart }) => chart ?? 'cert-manager'),
    repositoryOpts: given.apply(({ repositoryOpts }) => ({ repo: 'https://charts.jetstack.io', ...repositoryOpts })),
    values: pulumi.all([given, typed]).apply(([options, own]) => ({ ...options.values, ...own })),
  } as ReleaseArgs;
}

/** Release arguments that `helmOptions` sets as they are. */
const passedOn = [
  'atomic',
  'cleanupOnFail',
  'createNamespace',
  'dependencyUpdate',
  'description',
  'devel',
  'disableCRDHooks',
  'disableOpenapiValidation',
  'disableWebhooks',
  'forceUpdate',
  'keyring',
  'lint',
  'manifest',
  'maxHistory',
  'name',
  'namespace',
  'postrender',
  'recreatePods',
  'renderSubchartNotes',
  'replace',
  'resetValues',
  'resourceNames',
  'reuseValues',
  'skipAwait',
  'skipCrds',
  'timeout',
  'verify',
  'version',
  'waitForJobs',
] as const;
