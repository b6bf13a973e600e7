/**
 * How large upstream's definition is: bytes as compact JSON, in the form in which modules apply it; properties in all of
 * its schemas; how many of its versions have a schema, the first ones, where not all do.
 */
export type CrdSize = readonly [bytes: number, properties: number, schemas?: number];

/** Definitions of upstream's charts, measured, by chart, version and name. */
export const crdSizes: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, CrdSize>>>>>> = {
  'eck-operator': {
    '1.6.0': {
      'agents.agent.k8s.elastic.co': [10016, 38],
      'apmservers.apm.k8s.elastic.co': [23359, 69],
      'beats.beat.k8s.elastic.co': [11031, 43],
      'elasticmapsservers.maps.k8s.elastic.co': [21485, 59],
      'elasticsearches.elasticsearch.k8s.elastic.co': [51992, 153],
      'enterprisesearches.enterprisesearch.k8s.elastic.co': [21553, 60],
      'kibanas.kibana.k8s.elastic.co': [22096, 62],
    },
    '2.1.0': {
      'agents.agent.k8s.elastic.co': [31493, 97],
      'apmservers.apm.k8s.elastic.co': [46232, 144, 2],
      'beats.beat.k8s.elastic.co': [12937, 46],
      'elasticmapsservers.maps.k8s.elastic.co': [22671, 67],
      'elasticsearches.elasticsearch.k8s.elastic.co': [103379, 352, 2],
      'enterprisesearches.enterprisesearch.k8s.elastic.co': [44484, 136],
      'kibanas.kibana.k8s.elastic.co': [49050, 154, 2],
    },
  },
  'kube-prometheus-stack': {
    '30.2.0': {
      'alertmanagerconfigs.monitoring.coreos.com': [77357, 557],
      'alertmanagers.monitoring.coreos.com': [212917, 852],
      'podmonitors.monitoring.coreos.com': [17453, 108],
      'probes.monitoring.coreos.com': [19230, 117],
      'prometheuses.monitoring.coreos.com': [284694, 1288],
      'prometheusrules.monitoring.coreos.com': [2860, 15],
      'servicemonitors.monitoring.coreos.com': [18432, 113],
      'thanosrulers.monitoring.coreos.com': [217858, 892],
    },
    '34.9.0': {
      'alertmanagerconfigs.monitoring.coreos.com': [105339, 768],
      'alertmanagers.monitoring.coreos.com': [213485, 854],
      'podmonitors.monitoring.coreos.com': [18147, 109],
      'probes.monitoring.coreos.com': [20399, 117],
      'prometheuses.monitoring.coreos.com': [285359, 1288],
      'prometheusrules.monitoring.coreos.com': [2860, 15],
      'servicemonitors.monitoring.coreos.com': [19054, 114],
      'thanosrulers.monitoring.coreos.com': [218101, 892],
    },
  },
  'argo-cd': {
    '3.33.8': {
      'applications.argoproj.io': [60160, 461],
      'appprojects.argoproj.io': [8629, 54],
      'argocdextensions.argoproj.io': [2900, 15],
    },
    '4.5.4': {
      'applications.argoproj.io': [62158, 473],
      'applicationsets.argoproj.io': [92769, 2123],
      'appprojects.argoproj.io': [8629, 54],
      'argocdextensions.argoproj.io': [2900, 15],
    },
  },
  base: {
    '1.11.5': {
      'authorizationpolicies.security.istio.io': [3871, 34],
      'destinationrules.networking.istio.io': [49127, 470],
      'envoyfilters.networking.istio.io': [5071, 45],
      'gateways.networking.istio.io': [5343, 52],
      'istiooperators.install.istio.io': [1409, 0],
      'peerauthentications.security.istio.io': [2378, 8],
      'requestauthentications.security.istio.io': [2329, 16],
      'serviceentries.networking.istio.io': [7042, 46],
      'sidecars.networking.istio.io': [5113, 58],
      'telemetries.telemetry.istio.io': [5008, 34],
      'virtualservices.networking.istio.io': [29334, 292],
      'workloadentries.networking.istio.io': [3799, 18],
      'workloadgroups.networking.istio.io': [4423, 32],
    },
    '1.13.3': {
      'authorizationpolicies.security.istio.io': [3871, 34],
      'destinationrules.networking.istio.io': [51391, 486],
      'envoyfilters.networking.istio.io': [5071, 45],
      'gateways.networking.istio.io': [5343, 52],
      'istiooperators.install.istio.io': [1409, 0],
      'peerauthentications.security.istio.io': [2378, 8],
      'proxyconfigs.networking.istio.io': [1568, 8],
      'requestauthentications.security.istio.io': [2264, 16],
      'serviceentries.networking.istio.io': [7078, 46],
      'sidecars.networking.istio.io': [7349, 84],
      'telemetries.telemetry.istio.io': [5298, 37],
      'virtualservices.networking.istio.io': [30840, 298],
      'wasmplugins.extensions.istio.io': [2626, 13],
      'workloadentries.networking.istio.io': [3799, 18],
      'workloadgroups.networking.istio.io': [8097, 64],
    },
  },
  'cert-manager': {
    'v1.6.1': {
      'certificaterequests.cert-manager.io': [31782, 104],
      'certificates.cert-manager.io': [65954, 248],
      'challenges.acme.cert-manager.io': [206125, 832],
      'clusterissuers.cert-manager.io': [255367, 1032],
      'issuers.cert-manager.io': [254991, 1032],
      'orders.acme.cert-manager.io': [30146, 116],
    },
    'v1.8.0': {
      'certificaterequests.cert-manager.io': [8561, 26],
      'certificates.cert-manager.io': [18560, 65],
      'challenges.acme.cert-manager.io': [54797, 214],
      'clusterissuers.cert-manager.io': [67292, 264],
      'issuers.cert-manager.io': [67248, 264],
      'orders.acme.cert-manager.io': [8059, 29],
    },
  },
  'lvm-localpv': {
    '0.8.6': {
      'lvmnodes.local.openebs.io': [5088, 20],
      'lvmsnapshots.local.openebs.io': [2153, 9],
      'lvmvolumes.local.openebs.io': [4135, 15],
    },
    '0.9.0': {
      'lvmnodes.local.openebs.io': [5088, 20],
      'lvmsnapshots.local.openebs.io': [2153, 9],
      'lvmvolumes.local.openebs.io': [4135, 15],
    },
  },
};

/** What objects have at the top beside `spec` and `status`, by the name of their definition. */
export const topFields: Readonly<Record<string, readonly string[]>> = {
  'applications.argoproj.io': ['operation'],
  'lvmnodes.local.openebs.io': ['volumeGroups'],
};
