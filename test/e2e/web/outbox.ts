// What a linked number sends while its server is killed again and again: each message by a key of its own, asked for
// again until there is an answer.
import assert from 'node:assert/strict'
import type { WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { createClient } from '../../../src/contract/client.ts'
import { native } from '../../../src/contract/native/index.ts'
import { Failure } from '../../../src/model/failure.ts'
import { KEY } from '../stage.ts'
import { untilState } from './stage.ts'

/** One message goes out whenever so many came in. */
const EVERY = 10

export interface Send {
  readonly key: string
  readonly text: string
  /** How often it was asked for, and nobody answered: the server was killed. */
  cut: number
  /** `sent`: acknowledged by the API; `unknown`: it says that it does not know; null: it has not said anything yet. */
  answer: { readonly is: 'sent' | 'unknown'; readonly id: string } | null
}

export interface Outbox {
  readonly sends: readonly Send[]
  /** Sends in one life of the server, which listens there, until `end`. */
  begin(url: string): { end(): Promise<void> }
  /** Asks once more for all that has no answer. */
  settle(url: string): Promise<void>
}

/** From the account `mine` to this number. */
export function createOutbox({ server }: WhatsAppSimulator, to: string): Outbox {
  const sends: Send[] = []
  let received = 0
  server.on('receipt', () => {
    received += 1
  })
  const ask = (url: string, send: Send) => askFor(url, to, send)
  return {
    sends,
    begin(url) {
      let hasEnded = false
      const working = (async () => {
        while (!hasEnded) {
          const enough = received + EVERY
          await server.wait(() => hasEnded || received >= enough, { what: 'enough comes in', withinMs: 60_000 })
          if (hasEnded || !(await isConnected(url))) return
          const open = sends.find(({ answer }) => answer === null)
          const send = open ?? { key: `key-${sends.length}`, text: `answer ${sends.length}`, cut: 0, answer: null }
          if (!open) sends.push(send)
          await ask(url, send)
        }
      })()
      return {
        async end() {
          hasEnded = true
          await working
        },
      }
    },
    async settle(url) {
      for (const send of sends) if (send.answer === null) await ask(url, send)
    },
  }
}

/** False: the server is not there any more. */
async function isConnected(url: string): Promise<boolean> {
  const api = createClient(native, { baseUrl: url, key: KEY })
  return untilState(api, 'mine', 'connected').then(
    () => true,
    () => false,
  )
}

async function askFor(url: string, to: string, send: Send): Promise<void> {
  const api = createClient(native, { baseUrl: url, key: KEY })
  const wish = { account_id: 'mine', to: `+${to}`, text: send.text }
  try {
    const { message_id } = await api.sendMessage(wish, { idempotencyKey: send.key })
    send.answer = { is: 'sent', id: message_id }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) send.cut += 1
    else {
      assert.equal(thrown.code, 'lost-answer', `${send.text}: ${thrown.message}`)
      send.answer = { is: 'unknown', id: String(thrown.facts.message_id) }
    }
  }
}
