// The QR codes of a connection, with a secret that WhatsApp may call back while they are shown.
//
// After a scan WhatsApp may retire the secret in the code (`companion_reg_refresh`, since July 2026): whoever goes on with
// it is never linked. The library ignores the notice, cannot confirm it before it is linked, and puts the first secret into
// every code.
import { randomBytes } from 'node:crypto'
import type { BinaryNode, WASocket } from 'baileys'
import { systemClock } from '../../../../kit/clock.ts'
import type { Auth } from '../auth.ts'
import type { Library } from '../library.ts'

/** How long QR codes live: the first, and those after it. */
const FIRST_QR_MS = 60_000
const NEXT_QR_MS = 20_000

export interface QrParts {
  readonly lib: Library
  readonly sock: Pick<WASocket, 'ws' | 'sendNode'>
  readonly auth: Pick<Auth, 'creds' | 'keep' | 'kept'>
  /** A code to be shown, and for how long it is good, ms. */
  readonly show: (text: string, livesMs: number) => void
  readonly troubled: (error: unknown) => void
}

/** Answers what takes each code as the library made it. */
export function showQrs({ lib, sock, auth, show, troubled }: QrParts): (text: string) => void {
  const { creds } = auth
  const first = creds.advSecretKey
  let secret = first
  let now: { readonly text: string; readonly until: number } | null = null

  const tell = (): void => {
    const livesMs = (now?.until ?? 0) - systemClock.now()
    if (now && livesMs > 0) show(now.text.replace(first, secret), livesMs)
  }
  const calledBack = async (notice: BinaryNode): Promise<void> => {
    // Of a number that has a name already a phone typed a code, or it is linked: no QR code is in use.
    if (creds.me) return
    const fresh = randomBytes(32).toString('base64')
    creds.advSecretKey = fresh
    auth.keep()
    await auth.kept()
    await sock.sendNode(lib.buildAckStanza(notice))
    if (creds.advSecretKey !== fresh) return
    secret = fresh
    tell()
  }
  sock.ws.on('CB:notification,type:companion_reg_refresh', (notice: BinaryNode) => {
    calledBack(notice).catch(troubled)
  })
  return (text) => {
    now = { text, until: systemClock.now() + (now === null ? FIRST_QR_MS : NEXT_QR_MS) }
    tell()
  }
}
