import { list } from '../schemas/list.ts';

const issuers = list(`
  privateKeySecretRef, keySecretRef, accessTokenSecretRef, accountSecretRef, apiKeySecretRef, apiTokenSecretRef,
  clientSecretSecretRef, clientTokenSecretRef, serviceAccountSecretRef, secretAccessKeySecretRef,
  tsigSecretSecretRef, topologyKey, tokenSecretRef, credentialsRef, secretRef, secretName, auth
`);

/**
 * Properties of upstream's definitions whose names look like secrets, by definition. What a plan or a log masks goes by
 * such names, so stand-ins have them too.
 */
export const secretLookingNames: Readonly<Record<string, readonly string[]>> = {
  'alertmanagerconfigs.monitoring.coreos.com': list(`
    authSecret, authPassword, routingKey, serviceKey, urlSecret, apiKey, apiSecret, authIdentity, authUsername,
    accessKey, secretKey, token, userKey, authorization, basicAuth, bearerTokenSecret, credentials, oauth2,
    clientSecret, tokenUrl, password, keySecret
  `),
  'alertmanagers.monitoring.coreos.com': list(`
    configSecret, imagePullSecrets, secrets, topologyKey, secretKeyRef, gmsaCredentialSpec, gmsaCredentialSpecName,
    chapAuthDiscovery, chapAuthSession, nodePublishSecretRef, secretRef, secretName, secretFile, secret,
    serviceAccountToken
  `),
  'podmonitors.monitoring.coreos.com': list('basicAuth, bearerTokenSecret, oauth2, tokenUrl, keySecret'),
  'probes.monitoring.coreos.com': list('basicAuth, bearerTokenSecret, oauth2, tokenUrl, keySecret'),
  'prometheuses.monitoring.coreos.com': list(`
    authorization, credentialsFile, basicAuth, bearerToken, bearerTokenFile, keySecret, imagePullSecrets, secrets,
    topologyKey, oauth2, clientSecret, tokenUrl, clientAuthType, secret, accessKey, secretKey, secretKeyRef,
    gmsaCredentialSpec, gmsaCredentialSpecName, chapAuthDiscovery, chapAuthSession, nodePublishSecretRef, secretRef,
    secretName, serviceAccountToken
  `),
  'servicemonitors.monitoring.coreos.com': list('basicAuth, bearerTokenFile, bearerTokenSecret, oauth2, keySecret'),
  'thanosrulers.monitoring.coreos.com': list(`
    imagePullSecrets, topologyKey, secretKeyRef, keySecret, gmsaCredentialSpec, gmsaCredentialSpecName,
    chapAuthDiscovery, chapAuthSession, nodePublishSecretRef, secretRef, secretName, serviceAccountToken
  `),
  'certificates.cert-manager.io': list(
    'privateKey, secretTemplate, nextPrivateKeySecretName, secretName, passwordSecretRef',
  ),
  'challenges.acme.cert-manager.io': list(`
    authorizationURL, key, token, topologyKey, accessTokenSecretRef, clientTokenSecretRef, serviceAccountSecretRef,
    secretAccessKeySecretRef, tsigSecretSecretRef
  `),
  'clusterissuers.cert-manager.io': issuers,
  'issuers.cert-manager.io': issuers,
  'orders.acme.cert-manager.io': list('authorizations, token'),
  'applications.argoproj.io': list('passCredentials'),
  'applicationsets.argoproj.io': list('tokenRef, secretName, passCredentials'),
  'appprojects.argoproj.io': list('jwtTokens, jwtTokensByRole'),
  'destinationrules.networking.istio.io': list('credentialName, privateKey'),
  'gateways.networking.istio.io': list('credentialName, privateKey'),
  'requestauthentications.security.istio.io': list('forwardOriginalToken'),
  'virtualservices.networking.istio.io': list('allowCredentials, authority'),
  'wasmplugins.extensions.istio.io': list('imagePullSecret, verificationKey'),
  'agents.agent.k8s.elastic.co': list('secretName'),
  'apmservers.apm.k8s.elastic.co': list('secretName, secretTokenSecret'),
  'beats.beat.k8s.elastic.co': list('secretName'),
  'elasticmapsservers.maps.k8s.elastic.co': list('secretName'),
  'elasticsearches.elasticsearch.k8s.elastic.co': list('auth, secretName'),
  'enterprisesearches.enterprisesearch.k8s.elastic.co': list('secretName'),
  'kibanas.kibana.k8s.elastic.co': list('secretName'),
};

/** Those that only one version of the chart has, by definition and version. */
export const namesOfOneVersion: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'challenges.acme.cert-manager.io': { 'v1.6.1': ['authzURL'] },
};
