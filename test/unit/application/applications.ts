import { parse } from 'yaml';
import { migrateApplication } from '../../../application/migration/migrate.ts';

/** An application.yaml at 1.21 with these values in a literal block, indented by eight. */
export function application(values: string, targetRevision = '1.21.9-4'): string {
  const indented = values.replaceAll(/^(?=.)/gm, '        ');
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: kubezero
spec:
  source:
    chart: kubezero
    targetRevision: ${targetRevision}
    helm:
      values: |
${indented}  destination:
    namespace: argocd
`;
}

/** To 1.22 unless told. */
export function migrate(text: string, to = '1.22') {
  return migrateApplication(text, { to });
}

/** The values a migration of these values gives, as text. */
export function migratedValues(values: string): string {
  const { text } = migrate(application(values));
  return (parse(text) as { spec: { source: { helm: { values: string } } } }).spec.source.helm.values;
}

/** Has everything that upstream's rules are about. */
export const example = `HighAvailableControlplane: true
kiam: {enabled: true, IamArn: "arn:aws:iam::111122223333:role/kiam"}
istio-ingress:
  enabled: true
  global: {arch: {amd64: 2}}
  public:
    enabled: true
    proxyProtocol: false
    certificates:
    - name: public-cert
      dnsNames: ['*.demo.example']
    gateway:
      replicaCount: 2
      ports:
      - {name: status-port, port: 15021, nodePort: 30021, noGateway: true}
      - {name: http2, port: 80, targetPort: 8080, nodePort: 30080}
      - {name: https, port: 443, targetPort: 8443, nodePort: 30443}
      - {name: smtp, port: 25, nodePort: 30025}
  private:
    enabled: true
    certificates:
    - name: private-cert
      dnsNames: ['*.int.demo.example']
    gateway:
      ports:
      - {name: amqps, port: 5671, nodePort: 31671}
`;
