// How secrets read back, and how a masked one is told from a new one.

const MASK = '***'
/** Shorter secrets show nothing of themselves. */
const LEAST_SHOWN = 12

/** `***` and the last four characters. */
export function masked(secret: string): string {
  return secret.length < LEAST_SHOWN ? MASK : `${MASK}${secret.slice(-4)}`
}

/** What an owner sent as a secret: undefined when it is absent, empty or a mask, and so means "as it is". */
export function unmasked(sent: string | null | undefined): string | undefined {
  return sent && !sent.startsWith(MASK) ? sent : undefined
}
