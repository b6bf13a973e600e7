import { z } from 'zod';
import { exposure } from '../exposure.ts';
import { moduleKeys, releaseNameKey, section } from '../schema.ts';

export const authValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('auth').describe('Namespace of operator and Keycloak.'),
    releaseName: releaseNameKey('auth'),
    keycloak: section({
      enabled: z.boolean().default(false).describe('Keycloak’s operator and one Keycloak.'),
      istio: exposure().describe(
        'Where Keycloak is reachable. The host name is also the one Keycloak issues tokens for.',
      ),
      metrics: section({
        enabled: z
          .boolean()
          .default(false)
          .describe('Keycloak counts what it does, and Prometheus collects it where the module `metrics` is on.'),
      })
        .prefault({})
        .describe('Metrics of Keycloak. KubeZero’s chart has this key but does nothing with it.'),
    })
      .prefault({})
      .describe('Identity and access management.'),
  });
export type AuthValues = z.infer<ReturnType<typeof authValues>>;
