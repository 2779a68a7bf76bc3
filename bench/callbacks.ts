// Makes signed callbacks of about 900 bytes, as whole HTTP requests: what Meta posts for one text message.
import { createHmac, randomBytes } from 'node:crypto'

export const APP_SECRET = 'bench-app-secret-0123456789abcdef'
/** The accounts that send, in turn: one may be allowed 1 000 messages a second at most. */
export const SENDERS = ['bench', 'bench-too'] as const
export const PHONE_NUMBER_ID = '106540352242922'
export const WABA_ID = '102290129340398'

/** Chats that the messages are spread over. */
const CHATS = 5000
const BODY_BYTES = 900

/** What stands in the template where each message has its own; as long as what replaces it. */
const HOLES = {
  from: '19990000000',
  id: 'wamid.BENCH000000000000000000000000000000000000',
  at: '1700000000',
  mark: '@0000000000000000@',
}

/** When a message was meant to be sent, in its text: µs of the monotonic clock between two @, 16 digits. */
export function markOf(moment: number): string {
  return `@${String(Math.floor(moment)).padStart(16, '0')}@`
}

/** The mark in a body, or null. */
export function markIn(body: Buffer): number | null {
  const at = body.indexOf(0x40)
  return at < 0 || body[at + 17] !== 0x40 ? null : Number(body.toString('latin1', at + 1, at + 17))
}

function templateBody(): string {
  const message = {
    from: HOLES.from,
    id: HOLES.id,
    timestamp: HOLES.at,
    text: { body: `${HOLES.mark} ` },
    type: 'text',
  }
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: PHONE_NUMBER_ID },
    contacts: [{ profile: { name: 'Ada Lovelace' }, wa_id: HOLES.from }],
    messages: [message],
  }
  const callback = {
    object: 'whatsapp_business_account',
    entry: [{ id: WABA_ID, changes: [{ value, field: 'messages' }] }],
  }
  message.text.body += 'Where is my order? '.repeat(60).slice(0, BODY_BYTES - JSON.stringify(callback).length)
  return JSON.stringify(callback)
}

/** A maker of requests to `url`; each has its own message id and a timestamp of now. */
export function callbackMaker(url: URL): (moment: number) => Buffer {
  const body = templateBody()
  const signature = '0'.repeat(64)
  const head =
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: facebookexternalua\r\n` +
    `Content-Type: application/json\r\nX-Hub-Signature-256: sha256=${signature}\r\nContent-Length: ${body.length}\r\n\r\n`
  const text = head + body
  const template = Buffer.from(text, 'latin1')
  const people = [text.indexOf(HOLES.from), text.lastIndexOf(HOLES.from)]
  const places = { id: text.indexOf(HOLES.id), at: text.indexOf(`"${HOLES.at}"`) + 1, mark: text.indexOf(HOLES.mark) }
  const signed = text.indexOf(signature)
  const run = randomBytes(9).toString('base64url')
  let count = 0
  return (moment) => {
    count += 1
    const request = Buffer.from(template)
    const person = `1555${String(1_000_000 + ((count * 7919) % CHATS))}`
    for (const place of people) request.write(person, place, 'latin1')
    request.write(`wamid.${run}${count.toString(36)}`.padEnd(HOLES.id.length, 'A'), places.id, 'latin1')
    request.write(String(Math.floor(Date.now() / 1000)), places.at, 'latin1')
    request.write(markOf(moment), places.mark, 'latin1')
    const mac = createHmac('sha256', APP_SECRET).update(request.subarray(head.length)).digest('hex')
    request.write(mac, signed, 'latin1')
    return request
  }
}

/** A whole `POST /api/send` request with the key; its body is ASCII. */
export function sendRequest(url: URL, key: string, said: object): Buffer {
  const body = JSON.stringify(said)
  return Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n` +
      `X-Api-Key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )
}

/** A maker of such requests. */
export function sendMaker(url: URL, key: string): (moment: number) => Buffer {
  let count = 0
  return () => {
    count += 1
    const to = `+1555${String(1_000_000 + ((count * 7919) % CHATS))}`
    const account_id = SENDERS[count % SENDERS.length]
    return sendRequest(url, key, { account_id, to, text: `Your order ${count} is on its way.` })
  }
}
