import type { ApiServer } from './api-server.ts';

/** What cert-manager would do on a bare API server, had it nodes to run on: come up, and give its webhooks a CA. */
export async function actAsCertManager(api: ApiServer): Promise<void> {
  const workload = '/apis/apps/v1/namespaces/cert-manager/deployments/cert-manager-webhook';
  if (!(await api.call('GET', workload))) return;
  const conditions = [{ type: 'Available', status: 'True', reason: 'Test', message: '' }];
  await api.call('PATCH', `${workload}/status`, { status: { conditions } });
  for (const kind of ['validating', 'mutating']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/cert-manager-webhook`;
    const found = await api.call('GET', path);
    if (!found || found.webhooks[0].clientConfig.caBundle) continue;
    const [webhook] = found.webhooks;
    const clientConfig = { ...webhook.clientConfig, caBundle: Buffer.from('test').toString('base64') };
    await api.call('PATCH', path, { webhooks: [{ ...webhook, clientConfig }] });
  }
}
