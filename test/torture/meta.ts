// The sending side of the torture: signed callbacks, each repeated like Meta's until it is answered 200.
import { createHmac } from 'node:crypto'
import { Pool } from 'undici'

export interface SenderSetup {
  readonly url: string
  readonly path: string
  readonly phoneNumberId: string
  readonly appSecret: string
  /** Chats, each with one message after the other. */
  readonly chats: number
  /** Messages a second over all chats, at most. */
  readonly perSecond: number
}

export interface Sender {
  /** Messages that were answered 200, by id. */
  readonly acknowledged: ReadonlySet<string>
  /** Ends when every message begun is acknowledged. */
  stop(): Promise<void>
  /** Answers other than 200 and 503, which nobody should get. */
  readonly odd: readonly string[]
}

/** The id of the nth message of a chat: `wamid.<chat>.<n>`. */
export function messageId(chat: number, n: number): string {
  return `wamid.${chat}.${n}`
}

/** Sends until stopped: in each chat, the next message only when the one before was acknowledged. */
export function startSender(setup: SenderSetup): Sender {
  const pool = new Pool(setup.url, { connections: setup.chats, headersTimeout: 5_000, bodyTimeout: 5_000 })
  const acknowledged = new Set<string>()
  const odd: string[] = []
  let stopped = false

  const post = async (body: string): Promise<boolean> => {
    const signature = `sha256=${createHmac('sha256', setup.appSecret).update(body).digest('hex')}`
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
    try {
      const answer = await pool.request({ method: 'POST', path: setup.path, headers, body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 && answer.statusCode !== 503) odd.push(`${answer.statusCode} ${text}`)
      return answer.statusCode === 200
    } catch {
      return false
    }
  }
  const chat = async (number: number): Promise<void> => {
    for (let n = 0; !stopped; n += 1) {
      const id = messageId(number, n)
      const body = callback(setup.phoneNumberId, number, id)
      while (!(await post(body))) await pause(20)
      acknowledged.add(id)
      await pause((setup.chats * 1000) / setup.perSecond)
    }
  }
  const all = Promise.all(Array.from({ length: setup.chats }, (_, number) => chat(number)))
  return {
    acknowledged,
    odd,
    async stop() {
      stopped = true
      await all
      await pool.close()
    },
  }
}

function callback(phoneNumberId: string, chat: number, id: string): string {
  const from = String(15550000000 + chat)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const message = { from, id, timestamp, type: 'text', text: { body: `message ${id}` } }
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15559999999', phone_number_id: phoneNumberId },
    contacts: [{ profile: { name: 'Zoe' }, wa_id: from }],
    messages: [message],
  }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
