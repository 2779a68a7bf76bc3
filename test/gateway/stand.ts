// A stand for sending: the gateway's own parts on a store in memory, a real folder, and a number that does as it is told.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBusiness } from '../../src/gateway/business.ts'
import type { SendWish } from '../../src/gateway/gateway.ts'
import { createIntake } from '../../src/gateway/intake.ts'
import { createLines, type Lines } from '../../src/gateway/lines.ts'
import { createMessages, type Messages } from '../../src/gateway/messages.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import { createPublicIds } from '../../src/gateway/public-ids.ts'
import type { Clock } from '../../src/kit/clock.ts'
import { createEgressGuard, type EgressGuard } from '../../src/kit/egress.ts'
import { silentLog } from '../../src/kit/log.ts'
import { type Folder, openFolder, type Spooled } from '../../src/kit/spool.ts'
import { ACCOUNT_DEFAULTS, type Account, type AccountState, type Pacing } from '../../src/model/account.ts'
import type { Content, MediaContent, MediaKind } from '../../src/model/content.ts'
import type { RecordedEvent } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import type { Store } from '../../src/store/store.ts'
import type { Desk, Line, Outgoing, Sent } from '../../src/transports/transport.ts'

export interface Uploaded {
  readonly kind: MediaKind
  readonly mimeType: string
  readonly filename: string
  readonly bytes: Buffer
}

/** What the other side was given, and what it says to it. */
export class OtherSide {
  readonly sent: Outgoing[] = []
  readonly uploaded: Uploaded[] = []
  cannot: string | null = null
  #state: AccountState = { is: 'connected', since: 0, reason: null, warnings: [] }
  #changed: (state: AccountState) => void = () => {}
  onSend: (message: Outgoing) => Promise<Sent> = async () => ({ transportId: `wamid.${this.sent.length}` })
  onUpload: (file: Uploaded) => Promise<string> = async () => `file-${this.uploaded.length}`

  becomes(is: AccountState['is'], reason: string | null = null): void {
    this.#state = { ...this.#state, is, reason }
    this.#changed(this.#state)
  }

  line(account: Account, desk: Desk): Line {
    this.#changed = (state) => desk.state(account.id, state)
    return {
      account,
      state: () => this.#state,
      start() {},
      connect: async () => {},
      stop: async () => {},
      address: (to) => to.replace(/^\+/, ''),
      cannot: () => this.cannot,
      upload: async (kind, file) => {
        const chunks: Buffer[] = []
        for await (const chunk of file.read()) chunks.push(chunk as Buffer)
        const bytes = Buffer.concat(chunks)
        const uploaded = { kind, mimeType: file.mimeType, filename: file.filename, bytes }
        this.uploaded.push(uploaded)
        return this.onUpload(uploaded)
      },
      send: async (message) => {
        this.sent.push(message)
        return this.onSend(message)
      },
      markRead: async () => {},
      fetchMedia: async () => {},
      examine: async () => [{ check: 'token', result: 'ok', says: 'It is good', fix: null }],
      lastHeardAt: () => null,
      pairing: null,
      unlink: async () => true,
      business: null,
    }
  }
}

/** What outlives a crash. */
export interface Kept {
  readonly clock: Clock
  readonly store: Store
  readonly folder: Folder
}

export interface Stand extends Kept {
  readonly side: OtherSide
  readonly messages: Messages
  readonly lines: Lines
  readonly events: RecordedEvent[]
  readonly business: ReturnType<typeof createBusiness>
  file(text: string): Promise<Spooled>
}

interface Options {
  readonly kind?: Account['kind']
  /** The state of its line. */
  readonly is?: AccountState['is']
  readonly pacing?: Partial<Pacing>
  readonly guard?: EgressGuard
  readonly patienceMs?: number
}

export interface Ending {
  after(run: () => Promise<void> | void): void
}

export async function keep(t: Ending, clock: Clock): Promise<Kept> {
  const path = mkdtempSync(join(tmpdir(), 'whatshooked-outbox-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const store = await openMemoryStore({ clock })
  const folder = await openFolder(path, () => clock.now())
  await store.accounts.add(account())
  return { clock, store, folder }
}

/** Everything anew on what is kept, as after a start; `messages.start` is left to the test. */
export async function stand(t: Ending, kept: Kept, options: Options = {}): Promise<Stand> {
  const { clock, store, folder } = kept
  const side = new OtherSide()
  const events: RecordedEvent[] = []
  const engine = { wanted: () => true, dispatch: (told: readonly RecordedEvent[]) => void events.push(...told) }
  const metrics = createMetrics('0')
  const failed = (thrown: unknown) => assertNever(thrown)
  const intake = createIntake({ store, engine, clock, metrics, arrived: () => {}, failed })
  const publicIds = createPublicIds()
  const kindOf = (kind: Account['kind']) => (desk: Desk) => [
    { kind, open: (one: Account) => side.line(one, desk), close: async () => {} },
  ]
  const [before = account()] = await store.accounts.all()
  const { is = 'connected', kind = before.kind } = options
  const kinds = kindOf(kind)
  const lines = createLines({ store, intake, clock, log: silentLog, publicId: publicIds.of, kinds })
  side.becomes(is)
  await store.accounts.replace({ ...before, kind, pacing: { ...ACCOUNT_DEFAULTS.pacing, ...options.pacing } })
  await lines.start()
  const guard = options.guard ?? guardFor(['127.0.0.1'])
  const parts = { store, lines, intake, publicIds, outbox: folder, guard, clock, log: silentLog, metrics }
  const { patienceMs } = options
  const messages = createMessages({ ...parts, ...(patienceMs !== undefined && { patienceMs }) })
  // Not waited for: what the test left running may never end, and the clock stands still.
  t.after(() => void messages.stop(0))
  return {
    ...{ ...kept, side, messages, lines, events, business: createBusiness(lines) },
    async file(text) {
      const spooling = await folder.create()
      await spooling.write(Buffer.from(text))
      return spooling.end()
    },
  }
}

export function guardFor(allowed: readonly string[], lookup?: Parameters<typeof createEgressGuard>[0]['lookup']) {
  return createEgressGuard({
    allowed,
    refuse: (sentence) => new Failure('invalid', sentence),
    ...(lookup && { lookup }),
  })
}

export const text = (said: string): Content => ({ kind: 'text', text: said, previewUrl: false })

export function media(kind: MediaKind, from: MediaContent['media'], more: Partial<MediaContent> = {}): MediaContent {
  return { kind, media: from, mimeType: null, caption: null, filename: null, voice: false, ...more }
}

/** What a surface makes of a file that came with a request. */
export function withFile(file: Spooled, more: Partial<MediaContent> = {}): Pick<SendWish, 'content' | 'file'> {
  const { size, sha256 } = file
  return { content: media('image', { from: 'file', name: '', size, sha256 }, { mimeType: 'image/png', ...more }), file }
}

/** What a call failed with. */
export async function failure(call: Promise<unknown>): Promise<Failure> {
  const thrown = await call.then(
    (answer) => new Error(`it went through: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  )
  if (thrown instanceof Failure) return thrown
  throw thrown
}

export function told(events: readonly RecordedEvent[]) {
  return events.map((event) => {
    const { message_id, error } = JSON.parse(event.data) as { message_id: string; error: { message: string } | null }
    return { type: event.type, id: message_id, error: error?.message ?? null }
  })
}

function account(): Account {
  return {
    id: 'shop',
    kind: 'cloud',
    phoneNumber: null,
    disabled: false,
    sessionPath: null,
    showQr: false,
    ...ACCOUNT_DEFAULTS,
    web: null,
    cloud: null,
  }
}

function assertNever(thrown: unknown): never {
  throw thrown
}
