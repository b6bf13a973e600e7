import type { Instance } from '../instance.ts';
import { withCertificateNames } from '../kubeadm.ts';
import { fillPlaceholders } from '../node-config.ts';

/** Fills in a configuration file of a machine and makes it fit this one. @param file its path, anywhere. */
export function localize(instance: Instance, file: string, text: string): string {
  const filled = fillPlaceholders(text, instance.placeholders);
  if (file.endsWith('kubeadm.yaml')) {
    const { loopback, namedLoopback } = instance;
    return withCertificateNames(filled, namedLoopback ? [loopback, namedLoopback] : [loopback]);
  }
  // Files that an API server reads by absolute path, from files that it was given.
  if (file.includes('/etc/kubernetes/apiserver/'))
    return filled.replaceAll(/(?<=\s|["'])\/etc\/kubernetes\//g, `${instance.root}/etc/kubernetes/`);
  return filled;
}
