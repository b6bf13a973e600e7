/** A kwok Stage: pods (or nodes) that match go on to the next status, some time later. */
export interface Stage {
  apiVersion: 'kwok.x-k8s.io/v1alpha1';
  kind: 'Stage';
  metadata: { name: string };
  spec: {
    resourceRef: { apiGroup: 'v1'; kind: 'Pod' | 'Node' };
    selector: { matchExpressions: Expression[] };
    weight?: number;
    delay?: { durationMilliseconds: number; jitterDurationMilliseconds?: number };
    next: { statusTemplate?: string; finalizers?: { empty: true }; delete?: true };
  };
}

/** Key is a jq expression over the object. */
export interface Expression {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

export const exists = (key: string): Expression => ({ key, operator: 'Exists' });
export const absent = (key: string): Expression => ({ key, operator: 'DoesNotExist' });
export const is = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
