/** Tags that tell people and machines what a resource belongs to. */
export function tags(environment: string, name: string, more: Record<string, string> = {}): Record<string, string> {
  return { Name: `${environment}-${name}`, 'kubezero/cluster': environment, ...more };
}

/** Convention of KubeZero's role names, which users' application.yaml files carry: `<region>.<cluster>.<name>`. */
export function roleName(region: string, environment: string, name: string): string {
  return `${region}.${environment}.${name}`;
}
