// The page on which a person links a phone: one document, without scripts, that asks nobody for anything.
import type { PairingPart } from '../../gateway/gateway.ts'
import { QUIET, qrField, qrPath } from '../../kit/qr.ts'

type Offer = Awaited<ReturnType<PairingPart['qr']>>

/** What is to be shown now. */
export type Moment =
  | { readonly is: 'offered'; readonly offer: Offer; readonly instructions: string }
  | { readonly is: 'linked' }
  | { readonly is: 'trouble'; readonly says: string }

export interface PageParts {
  readonly id: string
  readonly moment: Moment
  /** Until when the page renews itself, ms since epoch. */
  readonly until: number
  readonly now: number
}

const EVERY_S = 4

const STYLE = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff;text-align:center}
svg{width:min(90vw,22rem);height:auto}
.code{font:700 2.4rem/1.6 ui-monospace,monospace;letter-spacing:.15em}
.small{color:#555;font-size:.95rem}`

export function pageOf({ id, moment, until, now }: PageParts): string {
  const goesOn = moment.is !== 'linked' && now < until
  const refresh = goesOn ? `<meta http-equiv="refresh" content="${EVERY_S};url=?until=${Math.floor(until)}">\n` : ''
  const stopped =
    moment.is !== 'linked' && !goesOn
      ? '<p class="small">This page no longer renews itself: <a href="?">go on</a>.</p>'
      : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<title>${escaped(titleOf(moment, id))}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(titleOf(moment, id))}</h1>
<main aria-live="polite">${bodyOf(moment, now)}${stopped}</main>
</body>
</html>
`
}

function titleOf({ is }: Moment, id: string): string {
  if (is === 'linked') return `${id} is linked`
  return is === 'offered' ? `Link a phone to ${id}` : `${id} cannot be linked now`
}

function bodyOf(moment: Moment, now: number): string {
  if (moment.is === 'linked') return '<p>The phone is linked. You can close this page.</p>'
  if (moment.is === 'trouble') return `<p>${escaped(moment.says)}</p>`
  const { offer, instructions } = moment
  const seconds = Math.max(0, Math.round((offer.expiresAt - now) / 1000))
  const lasts = `<p class="small">Good for ${seconds} more seconds; this page renews itself.</p>`
  return `${offer.by === 'qr' ? drawing(offer.text) : `<p class="code">${escaped(spaced(offer.text))}</p>`}
<p>${escaped(instructions)}</p>${lasts}`
}

function drawing(text: string): string {
  const field = qrField(text)
  const size = field.length + 2 * QUIET
  return `<svg viewBox="${-QUIET} ${-QUIET} ${size} ${size}" shape-rendering="crispEdges" role="img" aria-label="QR code"><path d="${qrPath(field)}"/></svg>`
}

/** `ABCD-EFGH`, as the phone shows it. */
function spaced(code: string): string {
  return /^[A-Za-z0-9]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
