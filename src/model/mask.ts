// Secrets as they read back: enough to tell one from another, not enough to use; and how a masked one is told from a new one.

const MASK = '***'
/** Shorter secrets show nothing of themselves. */
const LEAST_SHOWN = 12

/** `***` and the last four characters; only `***` of what is too short to show any of it. */
export function mask(secret: string): string {
  // What is masked already stays so: then it does not matter who masked it first.
  if (secret.startsWith(MASK)) return secret
  return secret.length < LEAST_SHOWN ? MASK : `${MASK}${secret.slice(-4)}`
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

/** What an owner sent as a secret: undefined when it is absent, empty or a mask, and so means "as it is". */
export function unmasked(sent: string | null | undefined): string | undefined {
  return sent && !sent.startsWith(MASK) ? sent : undefined
}
