// The page on which a person links a phone: one document that asks nobody but this server for anything. Its script, which is
// pinned by its hash, asks for the page again and takes over what changed; without scripts the page loads itself anew.
import { createHash } from 'node:crypto'
import type { PairingPart } from '../../gateway/gateway.ts'
import { QUIET, qrField, qrPath } from '../../kit/qr.ts'

type Offer = Awaited<ReturnType<PairingPart['qr']>>

/** What is to be shown now. */
export type Moment =
  | { readonly is: 'offered'; readonly offer: Offer; readonly steps: readonly string[]; readonly risk: string }
  /** A phone took the code; the connection is being made. */
  | { readonly is: 'scanned' }
  | { readonly is: 'linked' }
  /** Nothing can be shown. `again`: it can help to begin anew. */
  | { readonly is: 'trouble'; readonly says: string; readonly again: boolean }

export interface PageParts {
  readonly id: string
  readonly moment: Moment
  /** Until when the page renews itself, ms since epoch. */
  readonly until: number
  readonly now: number
}

const EVERY_S = 4

const STYLE = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:1.5rem auto;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.5rem;overflow-wrap:anywhere}
h1,.code,.drawing,.link,[role=status]{text-align:center}
svg{width:min(90vw,22rem,70vh);height:auto}
.code{font:700 2.4rem/1.6 ui-monospace,monospace;letter-spacing:.15em}
.small{color:#555;font-size:.95rem}
a:focus-visible{outline:3px solid #06c}`

/** The heading and what is announced are only touched when they say something else; a focus is not taken away. */
const SCRIPT = `const part=(page,name)=>page.querySelector('[data-part='+name+']')
const look=async()=>{try{
const answer=await fetch(location.pathname+'?until='+part(document,'main').dataset.until,{headers:{accept:'text/html'},cache:'no-store'})
const page=new DOMParser().parseFromString(await answer.text(),'text/html')
document.title=page.title
for(const name of ['title','says','main']){const old=part(document,name),now=part(page,name)
if(!old||!now||old.innerHTML===now.innerHTML)continue
old.innerHTML=now.innerHTML}
part(document,'main').dataset.goes=part(page,'main')?.dataset.goes??''
}catch{part(document,'says').textContent='The server does not answer. It is asked again.'}
if(part(document,'main').dataset.goes)setTimeout(look,${EVERY_S * 1000})}
setTimeout(look,${EVERY_S * 1000})`

/** For the policy of the page: this script and no other. */
export const SCRIPT_HASH = `sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`

export function pageOf({ id, moment, until, now }: PageParts): string {
  const isOpen = moment.is === 'offered' || moment.is === 'scanned'
  const goesOn = isOpen && now < until
  const again = isOpen && !goesOn ? link('This page no longer renews itself', '?', 'go on') : ''
  const refresh = `<noscript><meta http-equiv="refresh" content="${EVERY_S};url=?until=${Math.floor(until)}"></noscript>\n`
  return documentOf({
    title: titleOf(moment, id),
    says: saysOf(moment),
    main: `${bodyOf(moment, now)}${again}`,
    head: goesOn ? refresh : '',
    attributes: `data-until="${Math.floor(until)}" data-goes="${goesOn ? 'on' : ''}"`,
    tail: goesOn ? `<script>${SCRIPT}</script>\n` : '',
  })
}

/** Where the page cannot be shown at all, and why. */
export function refusalPage(title: string, says: string): string {
  return documentOf({ title, says, main: '', head: '', attributes: 'data-goes=""', tail: '' })
}

interface Parts {
  readonly title: string
  /** What a screen reader announces when it changes. */
  readonly says: string
  readonly main: string
  readonly head: string
  readonly attributes: string
  readonly tail: string
}

function documentOf({ title, says, main, head, attributes, tail }: Parts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1 data-part="title">${escaped(title)}</h1>
<p role="status" data-part="says">${escaped(says)}</p>
<main data-part="main" ${attributes}>${main}</main>
${tail}</body>
</html>
`
}

function titleOf({ is }: Moment, id: string): string {
  if (is === 'linked') return `${id} is linked`
  if (is === 'scanned') return `${id} is connecting`
  return is === 'offered' ? `Link a phone to ${id}` : `${id} cannot be linked now`
}

function saysOf(moment: Moment): string {
  switch (moment.is) {
    case 'linked':
      return 'The phone is linked. You can close this page.'
    case 'scanned':
      return 'A phone took the code. It is being connected: this takes a few seconds.'
    case 'trouble':
      return moment.says
    case 'offered':
      return moment.offer.by === 'qr' ? 'Scan this code with the phone.' : 'Type this code into the phone.'
  }
}

function bodyOf(moment: Moment, now: number): string {
  if (moment.is === 'trouble') return moment.again ? link('', '?anew=true', 'Begin anew') : link('', '?', 'Look again')
  if (moment.is !== 'offered') return ''
  const { offer, steps, risk } = moment
  return `${offer.by === 'qr' ? drawing(offer.text) : `<p class="code">${escaped(spaced(offer.text))}</p>`}
<ol>${steps.map((step) => `<li>${escaped(step)}</li>`).join('')}</ol>
<p class="small">${lasts(offer, now)}</p>
<p class="small">${escaped(risk)}</p>`
}

function lasts({ by, expiresAt }: Offer, now: number): string {
  const seconds = Math.round((expiresAt - now) / 1000)
  if (seconds <= 0) return 'The time of this code is over; the next one is on its way.'
  return `Good for ${seconds} more seconds${by === 'qr' ? '; the next code comes by itself' : ''}.`
}

function link(says: string, address: string, words: string): string {
  return `<p class="link">${says}${says && ': '}<a href="${address}">${words}</a>.</p>`
}

function drawing(text: string): string {
  const field = qrField(text)
  const size = field.length + 2 * QUIET
  return `<p class="drawing"><svg viewBox="${-QUIET} ${-QUIET} ${size} ${size}" shape-rendering="crispEdges" role="img" aria-label="QR code for the camera of the phone"><path d="${qrPath(field)}"/></svg></p>`
}

/** `ABCD-EFGH`, as the phone shows it. */
function spaced(code: string): string {
  return /^[A-Za-z0-9]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
