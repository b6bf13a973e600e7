import { before, since } from '../../releases/range.ts';
import { defineModule, type ModuleContext } from '../definition.ts';
import { externalDns, terminationHandler } from './charts.ts';
import { clusterBackup } from './cluster-backup.ts';
import { ecrLoginRenew, fuseDevicePlugin, neuronDevicePlugin } from './device-plugins.ts';
import { forseti } from './forseti.ts';
import { iamAuthenticator, identityMappingCrd } from './iam-authenticator.ts';
import { apiService, publicIssuer, runtimeClass } from './node-objects.ts';
import { type AddonsValues, addonsRefused, addonsValues } from './schema.ts';

/** Whether external-dns is deployed; it came with 1.22. */
function hasDns({ release, values }: ModuleContext<AddonsValues>): boolean {
  return since(release, '1.22') && values['external-dns'].enabled;
}

export const addons = defineModule<AddonsValues>({
  id: 'addons',
  purpose: 'Cluster backup, node housekeeping, device plugins, IAM logins and DNS records of the API servers',
  dependsOn: [],
  values: addonsValues,
  refused: addonsRefused,
  crds: ({ facts }) => (facts.awsIamAuthenticator ? [{ from: 'objects', objects: [identityMappingCrd] }] : []),
  manifest(context) {
    const { release, values, facts } = context;
    return {
      namespace: { name: 'kube-system' },
      charts: [
        ...(values['aws-node-termination-handler'].enabled ? [terminationHandler(context)] : []),
        ...(hasDns(context) ? [externalDns(context)] : []),
      ],
      objects: [
        runtimeClass(context),
        publicIssuer(),
        ...(facts.awsIamAuthenticator ? iamAuthenticator(context) : []),
        ...(hasDns(context) ? [apiService(facts)] : []),
        ...(values.clusterBackup.enabled ? clusterBackup(context) : []),
        ...(values.forseti.enabled ? forseti(context) : []),
        ...(values.fuseDevicePlugin.enabled ? fuseDevicePlugin() : []),
        ...(since(release, '1.22') && values.awsNeuron.enabled ? neuronDevicePlugin(values.awsNeuron.image) : []),
        ...(before(release, '1.22') && values.k8sEcrLoginRenew.enabled ? ecrLoginRenew() : []),
      ],
    };
  },
});
