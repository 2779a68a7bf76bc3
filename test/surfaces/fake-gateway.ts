// A gateway in memory that keeps to the interface: what the surface tests stand on.
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountView, Gateway, HookView, SendWish } from '../../src/gateway/gateway.ts'
import { type Folder, openFolder } from '../../src/kit/spool.ts'
import { DEFAULT_PACING, DEFAULT_WEB } from '../../src/model/account.ts'
import { deliveryId } from '../../src/model/delivery.ts'
import { eventId, type RecordedEvent } from '../../src/model/event.ts'
import { Failure } from '../../src/model/failure.ts'
import type { Hook } from '../../src/model/hook.ts'
import { DEFAULT_MEDIA } from '../../src/model/media.ts'
import type { CallbackRequest, PairingOffer } from '../../src/transports/transport.ts'
import { createBusiness } from './fake-business.ts'

const NOW = Date.UTC(2026, 0, 31, 12)
export const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

export const QR = '2@kF1xYw8S0m3bQ,pR7dT2vLq9nZ,0wE4uI6oAsD=,1'

export const EVENT: RecordedEvent = {
  seq: 1,
  type: 'message.received',
  account: 'shop',
  chat: '15550000001',
  at: NOW,
  data: '{"message_id":"m1"}',
  raw: null,
}

export const VIEW = {
  id: deliveryId(1, 1),
  hookId: 'kept',
  event: EVENT,
  state: 'dead' as const,
  attempts: 1,
  dueAt: null,
  last: { number: 1, at: NOW, tookMs: 12, status: 500, error: 'The hook answered 500' },
}

/** What the tests may look into, and change. */
export interface Inside {
  readonly sent: SendWish[]
  /** The bytes of every file that a send or an upload brought. */
  readonly files: Buffer[]
  /** What was asked of Meta: the account, what it was and with what. */
  readonly asked: unknown[][]
  readonly audited: Parameters<Gateway['audit']['note']>[0][]
  readonly callbacks: CallbackRequest[]
  reasons: string[]
  cacheEnabled: boolean
  /** What is offered to the phone of a linked device, and whether one is linked already. */
  offer: PairingOffer
  linked: boolean
  /** When the sessions of accounts that are added were handed over. */
  handedOverAt: number | null
  /** Why the last link was refused, and what else its account is than pairing. */
  refusal: string | null
  webState: 'pairing' | 'unlinked' | 'connecting' | 'broken'
  /** Thrown by the next send. */
  sendFails: unknown
}

function createHooks(): Gateway['hooks'] {
  const kept = new Map<string, Hook>()
  const find = (id: string): Hook => {
    const hook = kept.get(id)
    if (!hook) throw new Failure('not-found', `There is no hook ${id}`)
    return hook
  }
  const viewOf = (hook: Hook): HookView => ({ hook, breaker: 'closed' })
  return {
    list: () => [...kept.values()].map(viewOf),
    get: (id) => viewOf(find(id)),
    async add(wish) {
      if (kept.has(wish.id)) throw new Failure('exists', `There is a hook ${wish.id} already`)
      const hook: Hook = {
        id: wish.id,
        no: kept.size + 1,
        name: wish.name ?? wish.id,
        url: wish.url,
        method: wish.method ?? 'POST',
        headers: wish.headers ?? {},
        active: wish.active ?? true,
        events: wish.events ?? [],
        description: wish.description ?? '',
        allowInsecure: wish.allowInsecure ?? false,
        secret: wish.secret ?? SECRET,
        accounts: wish.accounts ?? [],
        chats: wish.chats ?? [],
        order: wish.order ?? 'chat',
        retry: wish.retry ?? null,
        raw: wish.raw ?? false,
        media: wish.media ?? 'link',
        format: 'native',
        disabledReason: null,
      }
      kept.set(hook.id, hook)
      return hook
    },
    async update(wish) {
      const given = Object.entries(wish).filter(([, value]) => value !== undefined)
      const hook: Hook = { ...find(wish.id), ...Object.fromEntries(given) }
      kept.set(hook.id, hook)
      return hook
    },
    async remove(id) {
      kept.delete(find(id).id)
    },
    async test(id) {
      find(id)
      return { delivered: true, status: 200, tookMs: 3, error: null, answer: 'thanks' }
    },
  }
}

function createAccounts(inside: Inside): Gateway['accounts'] {
  const kept = new Map<string, AccountView>()
  const find = (id: string): AccountView => {
    const found = kept.get(id)
    if (!found) throw new Failure('not-found', `There is no account ${id}`)
    return found
  }
  /** A linked device pairs until the test says that a phone is linked. */
  const now = (view: AccountView): AccountView =>
    view.account.kind === 'web' && !inside.linked
      ? { ...view, state: { ...view.state, is: inside.webState, reason: inside.refusal } }
      : view
  const part: Gateway['accounts'] = {
    list: () => [...kept.values()].map(now),
    get: (id) => now(find(id)),
    async add(wish) {
      if (kept.has(wish.id)) throw new Failure('exists', `There is an account ${wish.id} already`)
      const { cloud } = wish
      kept.set(wish.id, {
        account: {
          id: wish.id,
          kind: wish.kind,
          phoneNumber: '+15550000000',
          disabled: wish.disabled ?? false,
          sessionPath: wish.sessionPath ?? null,
          showQr: wish.showQr ?? false,
          pacing: { ...DEFAULT_PACING, ...wish.pacing },
          media: { ...DEFAULT_MEDIA, ...wish.media },
          web: wish.kind === 'web' ? { ...DEFAULT_WEB, ...wish.web } : null,
          cloud: cloud
            ? {
                phoneNumberId: cloud.phoneNumberId ?? '',
                wabaId: cloud.wabaId ?? null,
                businessAccountId: cloud.businessAccountId ?? null,
                apiVersion: cloud.apiVersion ?? 'v21.0',
                webhookPath: cloud.webhookPath ?? null,
                accessToken: cloud.accessToken ?? '',
                appSecret: cloud.appSecret ?? null,
                verifyToken: cloud.verifyToken ?? 'made-up',
              }
            : null,
        },
        state: { is: 'connected', since: NOW, reason: null, warnings: [] },
        handedOverAt: inside.handedOverAt,
        callbackPath: cloud ? `/webhooks/whatsapp/${wish.id}` : null,
        callbackUrl: null,
        lastEventAt: null,
        lastSentAt: NOW,
        lastHeardAt: null,
        queue: { waiting: 2, nextAt: NOW },
      })
    },
    async update(wish) {
      find(wish.id)
      kept.delete(wish.id)
      await part.add(wish)
      return null
    },
    async remove(id) {
      kept.delete(find(id).account.id)
      return null
    },
    async disable(id) {
      find(id)
    },
    async enable(id) {
      find(id)
      return inside.handedOverAt === null ? null : 'It was handed over'
    },
    async examine(id, { mend }) {
      find(id)
      return [
        { check: 'subscription', result: mend ? 'ok' : 'problem', says: 'The app', fix: mend ? null : 'Subscribe' },
      ]
    },
  }
  return part
}

function createMessages(inside: Inside): Gateway['messages'] {
  return {
    async send(wish) {
      const { sendFails } = inside
      inside.sendFails = null
      if (sendFails) throw sendFails
      if (wish.account !== 'shop') throw new Failure('not-found', `There is no account ${wish.account}`)
      inside.sent.push(wish)
      if (wish.file) inside.files.push(await readFile(wish.file.path))
      return { messageId: 'wamid.1', state: wish.content.kind === 'video' ? 'queued' : 'sent' }
    },
    async markRead(account) {
      if (account !== 'shop') throw new Failure('not-found', `There is no account ${account}`)
    },
    async get(id) {
      if (id !== 'wamid.1') throw new Failure('not-found', `There is no message ${id}`)
      return {
        message: {
          id: 'msg_1',
          account: 'shop',
          chat: '+15550000001',
          kind: 'text',
          content: '{}',
          status: 'failed',
          transportId: 'wamid.1',
          publicId: 'wamid.1',
          error: '{"code":131026,"message":"Undeliverable"}',
          createdAt: NOW,
        },
        ticks: [{ status: 'failed', recipient: '', at: NOW, error: '{"code":131026}' }],
      }
    },
  }
}

function createDeliveries(): Gateway['deliveries'] {
  const find = (id: string) => {
    if (id !== VIEW.id) throw new Failure('not-found', `There is no delivery ${id}`)
    return VIEW
  }
  return {
    list: async ({ state }) => ({ deliveries: state === undefined || state === 'dead' ? [VIEW] : [], next: null }),
    get: async (id) => ({ ...find(id), log: [VIEW.last] }),
    async retry(id) {
      find(id)
    },
    async retryDead(hook) {
      if (hook !== 'kept') throw new Failure('not-found', `There is no hook ${hook}`)
      return 1
    },
  }
}

function createCache(inside: Inside): Gateway['cache'] {
  const on = () => {
    if (!inside.cacheEnabled) throw new Failure('unavailable', 'The cache is switched off')
  }
  const find = (id: string): RecordedEvent => {
    on()
    if (id !== eventId(EVENT)) throw new Failure('not-found', `There is no cached event ${id}`)
    return EVENT
  }
  return {
    async list() {
      on()
      return { events: [EVENT], total: 1, next: null }
    },
    stats: async () => ({ enabled: inside.cacheEnabled, total: 1, byType: { 'message.received': 1 } }),
    get: async (id) => find(id),
    async clear() {
      on()
      return 1
    },
    async remove(id) {
      find(id)
    },
    async replayAll() {
      on()
      return { replayed: 1, delivered: 1, failed: 0, remaining: 0 }
    },
    async replay(id) {
      find(id)
      return { delivered: 1, failed: 0, waiting: 0 }
    },
  }
}

function createMedia(inside: Inside): Gateway['media'] {
  let folder: Promise<Folder> | undefined
  const open = (): Promise<Folder> => {
    const path = mkdtempSync(join(tmpdir(), 'whatshooked-files-'))
    process.once('exit', () => rmSync(path, { recursive: true, force: true }))
    return openFolder(path, () => NOW)
  }
  return {
    async receive() {
      folder ??= open()
      return (await folder).create()
    },
    async upload(account, file, about) {
      if (account !== 'shop') throw new Failure('not-found', `There is no account ${account}`)
      inside.files.push(await readFile(file.path))
      inside.asked.push([account, 'upload', about])
      return { id: '4711' }
    },
    async open(id) {
      throw new Failure('not-found', `There is no file ${id}`)
    },
  }
}

function createPairing(inside: Inside, accounts: Gateway['accounts']): Gateway['pairing'] {
  const web = (id: string): void => {
    if (accounts.get(id).account.kind !== 'web') throw new Failure('unsupported', `No phone is linked to ${id}`)
    if (inside.linked) throw new Failure('exists', `A phone is linked to ${id}`)
  }
  return {
    async qr(id, anew = false) {
      web(id)
      if (['connecting', 'broken'].includes(inside.webState)) throw new Failure('exists', `A phone is linked to ${id}`)
      if (inside.refusal !== null && !anew) throw new Failure('upstream', inside.refusal)
      return inside.offer
    },
    async code(id, phone) {
      web(id)
      inside.asked.push([id, 'pairing code', phone])
      return { by: 'code', text: 'K4RT9WQX', expiresAt: Math.max(NOW + 180_000, inside.offer.expiresAt) }
    },
    async exportSession(id, password) {
      accounts.get(id)
      inside.asked.push([id, 'export', password])
      return 'whatshooked-session.v1.sample'
    },
    async importSession(id, text, password) {
      web(id)
      inside.asked.push([id, 'import', text, password])
    },
  }
}

function createKeys(): Gateway['keys'] {
  return {
    list: () => [],
    async add({ name, scopes, accounts, expiresAt }) {
      const view = { id: 'key_1', name, scopes, accounts, expiresAt, createdAt: NOW, lastUsedAt: null }
      return { view, key: `wh_${'x'.repeat(43)}` }
    },
    async remove(id) {
      if (id !== 'key_1') throw new Failure('not-found', `There is no key ${id}`)
    },
  }
}

export function createFakeGateway(): Gateway & { readonly inside: Inside } {
  const inside: Inside = {
    sent: [],
    files: [],
    asked: [],
    audited: [],
    callbacks: [],
    reasons: [],
    cacheEnabled: true,
    offer: { by: 'qr', text: QR, expiresAt: NOW + 20_000 },
    linked: false,
    handedOverAt: null,
    refusal: null,
    webState: 'pairing',
    sendFails: null,
  }
  const accounts = createAccounts(inside)
  return {
    inside,
    hooks: createHooks(),
    accounts,
    pairing: createPairing(inside, accounts),
    messages: createMessages(inside),
    deliveries: createDeliveries(),
    cache: createCache(inside),
    media: createMedia(inside),
    keys: createKeys(),
    audit: {
      list: async () => ({ entries: [], next: null }),
      async note(entry) {
        inside.audited.push(entry)
      },
    },
    business(account) {
      if (account !== 'shop') throw new Failure('not-found', `There is no account ${account}`)
      return createBusiness(inside.asked, account)
    },
    system: { reasons: () => inside.reasons, metrics: async () => '# HELP up Whether it is\nup 1\n' },
    callbacks: {
      async receive(request) {
        inside.callbacks.push(request)
        if (!request.path.startsWith('/webhooks/') && request.path !== '/own/path') return null
        if (request.path.endsWith('/full')) return { status: 503, body: 'Too much waiting', retryAfterS: 5 }
        return { status: 200, body: 'ok' }
      },
    },
  }
}
