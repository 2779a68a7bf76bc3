// What the tests of the Cloud transport stand on: a desk that keeps what it is told, accounts, and signed callbacks.
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { type Clock, systemClock } from '../../../src/kit/clock.ts'
import { type Log, silentLog } from '../../../src/kit/log.ts'
import { ACCOUNT_DEFAULTS, type Account, type AccountState, type CloudSettings } from '../../../src/model/account.ts'
import type { EventDraft } from '../../../src/model/event.ts'
import type { OutMessage } from '../../../src/model/message.ts'
import { createCloudKind } from '../../../src/transports/cloud/index.ts'
import type { CallbackAnswer, Desk, Line, TransportKind } from '../../../src/transports/transport.ts'

export const NUMBER = '409876543210987'
export const WABA = '307654321098765'
export const SECRET = 'an app secret of the tests'

/** Nobody listens there. */
export const NOWHERE = 'http://127.0.0.1:1'

/** Real time, only faster: waits of seconds pass in milliseconds, in their right order. */
const SPEED = 50
const bornAt = Date.now()
const quickClock: Clock = {
  now: () => bornAt + (Date.now() - bornAt) * SPEED,
  after: (ms, run) => systemClock.after(ms / SPEED, run),
}

/** Keeps everything that a transport tells. */
export class NotingDesk implements Desk {
  readonly clock = quickClock
  log: Log = silentLog
  readonly batches: EventDraft[][] = []
  readonly states: { account: string; state: AccountState }[] = []
  readonly learned: { account: string; found: Parameters<Desk['learn']>[1] }[] = []
  readonly messages = new Map<string, OutMessage>()
  lookups = 0
  /** When set, nothing can be taken. */
  trouble: Error | null = null
  #waiting: (() => void)[] = []

  async emit(drafts: readonly EventDraft[]): Promise<void> {
    if (this.trouble) throw this.trouble
    this.batches.push([...drafts])
  }
  state(account: string, state: AccountState): void {
    this.states.push({ account, state })
    for (const wake of this.#waiting.splice(0)) wake()
  }
  async learn(account: string, found: Parameters<Desk['learn']>[1]): Promise<void> {
    this.learned.push({ account, found })
  }
  async outgoing(ids: readonly string[]): Promise<ReadonlyMap<string, OutMessage>> {
    this.lookups += 1
    return new Map([...this.messages].filter(([id]) => ids.includes(id)))
  }
  publicId(message: OutMessage, candidate: string): string {
    return message.publicId ?? candidate
  }
  offered(): void {
    throw new Error('Nothing is offered to a phone by a number of the Cloud API')
  }
  dropped(): void {
    throw new Error('Nothing is dropped by a number of the Cloud API')
  }
  session(): never {
    throw new Error('A number of the Cloud API has no session')
  }
  async sentContent(): Promise<null> {
    return null
  }
  async lost(): Promise<OutMessage[]> {
    return []
  }
  get drafts(): EventDraft[] {
    return this.batches.flat()
  }
  /** Resolves when an account is in that state. */
  async until(account: string, is: AccountState['is']): Promise<AccountState> {
    for (;;) {
      const last = this.states.findLast((told) => told.account === account)
      if (last?.state.is === is) return last.state
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

export function account(id: string, cloud: Partial<CloudSettings> = {}): Account {
  return {
    id,
    kind: 'cloud',
    phoneNumber: '+15550100200',
    disabled: false,
    sessionPath: null,
    showQr: false,
    ...ACCOUNT_DEFAULTS,
    web: null,
    cloud: {
      phoneNumberId: NUMBER,
      wabaId: WABA,
      businessAccountId: null,
      apiVersion: 'v25.0',
      webhookPath: null,
      accessToken: 'EAAtokenOfTheTests',
      appSecret: SECRET,
      verifyToken: `verify ${id}`,
      ...cloud,
    },
  }
}

export interface Stand {
  readonly desk: NotingDesk
  readonly kind: TransportKind
  /** Opens and starts. */
  run(account: Account): Line
  /** Posts a callback, signed with `secret` unless that is null. */
  post(body: unknown, how?: PostOptions): Promise<CallbackAnswer | null>
  close(): Promise<void>
}

export interface PostOptions {
  path?: string
  secret?: string | null
  headers?: Record<string, string | string[]>
}

export function stand(options: { graphUrl?: string; timeoutMs?: number } = {}): Stand {
  const desk = new NotingDesk()
  const kind = createCloudKind({ desk, graphUrl: NOWHERE, ...options })
  const lines: Line[] = []
  return {
    desk,
    kind,
    run(of) {
      const line = kind.open(of)
      lines.push(line)
      line.start()
      return line
    },
    async post(body, { path = '/webhooks/whatsapp/shop', secret = SECRET, headers = {} } = {}) {
      const bytes =
        body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      const signed = secret === null ? {} : { 'x-hub-signature-256': signatureOf(bytes, secret) }
      const answer = await kind.callback?.({
        method: 'POST',
        path,
        query: '',
        headers: { ...signed, ...headers },
        body: bytes,
      })
      return answer ?? null
    },
    async close() {
      for (const line of lines) await line.stop()
      await kind.close()
    },
  }
}

export function signatureOf(bytes: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`
}

/** Everything outside ASCII as \uXXXX and slashes escaped: the bytes that Meta really signs. */
export function escaped(body: unknown): string {
  const plain = JSON.stringify(body).replaceAll('/', '\\/')
  return plain.replaceAll(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const SAMPLES = new URL('../../samples/callbacks/', import.meta.url)

export function sampleNames(): string[] {
  return readdirSync(SAMPLES)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
}

export function sample(name: string): Envelope {
  return JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8')) as Envelope
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of a sample is what the tests are about
export type Loose = any
export type Envelope = {
  object: string
  entry: { id: string; time: number; changes: { field: string; value: Loose }[] }[]
}

/** A callback with these changes. */
export function envelope(...changes: { field: string; value: Loose }[]): Envelope {
  return { object: 'whatsapp_business_account', entry: [{ id: WABA, time: 1_763_630_101, changes }] }
}

/** A `messages` change of the number. */
export function messages(value: Record<string, unknown>, phoneNumberId = NUMBER): { field: string; value: Loose } {
  const metadata = { display_phone_number: '15550100200', phone_number_id: phoneNumberId }
  return { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } }
}

export function text(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { from: '15550100301', id, timestamp: '1763630100', type: 'text', text: { body: 'hello' }, ...more }
}
