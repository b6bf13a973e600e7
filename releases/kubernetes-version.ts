/** Minor version, e.g. `1.22`, of a Kubernetes version. */
export function minorOf(version: string): string {
  return version.replace(/^v/, '').split('.').slice(0, 2).join('.');
}

/** Whether a Kubernetes version is older than a minor version. */
export function isBefore(version: string, minor: string): boolean {
  const number = (text: string) => text.replace(/^v/, '').split('.').map(Number);
  const [[major = 0, minorNumber = 0], [otherMajor = 0, otherMinor = 0]] = [number(version), number(minor)];
  return major < otherMajor || (major === otherMajor && minorNumber < otherMinor);
}
