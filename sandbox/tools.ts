/** Finds the executable of a tool, of one Kubernetes version where it has several. */
export type ToolPath = (name: string, version?: string) => string;
