// Secrets as they read back: enough to tell one from another, not enough to use.

/** `***` and the last four characters; only `***` of what is too short to show any of it. */
export function mask(secret: string): string {
  // What is masked already stays so: then it does not matter who masked it first.
  if (secret.startsWith('***')) return secret
  return secret.length < 12 ? '***' : `***${secret.slice(-4)}`
}

const CREDENTIAL_HEADER = /authorization|cookie|key|token|secret|password|signature/i

/** Headers as they read back: values of those that look like credentials are masked. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown = Object.entries(headers).map(([name, value]) => [
    name,
    CREDENTIAL_HEADER.test(name) ? mask(value) : value,
  ])
  return Object.fromEntries(shown)
}
