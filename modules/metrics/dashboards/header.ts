import { tagMenu } from '../../dashboards/index.ts';

/** What all dashboards of the Kubernetes folder have in common. */
export function header(title: string, ...tags: string[]) {
  return { title, tags: ['kubernetes', ...tags], links: [tagMenu('Kubernetes', 'kubernetes')] };
}
