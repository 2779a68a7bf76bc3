// Hooks: adds, changes, tests and removes them; the engine follows.
import type { Engine } from '../delivery/engine.ts'
import type { Sink } from '../delivery/sink.ts'
import type { Clock } from '../kit/clock.ts'
import { createKeyedQueue } from '../kit/keyed-queue.ts'
import { Failure } from '../model/failure.ts'
import type { Hook } from '../model/hook.ts'
import { unmasked } from '../model/mask.ts'
import type { Store } from '../store/store.ts'
import type { HooksPart, HookView, HookWish } from './gateway.ts'
import type { Intake } from './intake.ts'

export interface HooksDeps {
  readonly store: Pick<Store, 'hooks' | 'deliveries'>
  readonly engine: Engine
  readonly sink: Sink
  readonly intake: Intake
  readonly clock: Clock
  /** Fails with `invalid` for an address that hooks may not have. */
  readonly checkUrl: (url: string) => Promise<unknown>
  /** Fails with `invalid` for headers that hooks may not bring. */
  readonly checkHeaders: (headers: Hook['headers']) => void
  /** A fresh secret, and whether one is well-formed (fails with `invalid`). */
  readonly secrets: { make(): string; check(secret: string): void }
  /** Fails with `invalid` for names of events that there are not. */
  readonly checkEvents: (patterns: readonly string[]) => void
}

/** The hooks of the gateway, and what others need of them. */
export interface Hooks extends HooksPart {
  start(): Promise<void>
  all(): Hook[]
  active(): Hook[]
  /** Switches a hook off because its receiver said so. */
  switchOff(no: number, reason: string): Promise<void>
}

/** What of a hook somebody else has to agree with; what is absent stays as it is. */
type Checked = { readonly [K in 'url' | 'secret' | 'headers' | 'events']: HookWish[K] | undefined }

export function createHooks(deps: HooksDeps): Hooks {
  return new HookTable(deps)
}

class HookTable implements Hooks {
  readonly #deps: HooksDeps
  readonly #hooks = new Map<string, Hook>()
  /** Changes of one hook wait for each other: each begins with what the one before left. */
  readonly #inTurn = createKeyedQueue()

  constructor(deps: HooksDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    for (const hook of await this.#deps.store.hooks.all()) this.#hooks.set(hook.id, hook)
    await this.#deps.engine.start(this.all())
  }

  all(): Hook[] {
    return [...this.#hooks.values()]
  }

  active(): Hook[] {
    return this.all().filter((hook) => hook.active)
  }

  list(): HookView[] {
    return this.all().map((hook) => this.#view(hook))
  }

  get(id: string): HookView {
    return this.#view(this.#known(id))
  }

  add(wish: HookWish): Promise<Hook> {
    return this.#inTurn(wish.id, async () => {
      if (this.#hooks.has(wish.id)) throw new Failure('exists', `id: there is already a hook "${wish.id}"`)
      const headers = keptHeaders(wish.headers ?? {}, {})
      const secret = wish.secret ?? this.#deps.secrets.make()
      await this.#check({ url: wish.url, headers, secret, events: wish.events })
      const hook = await this.#deps.store.hooks.add({ ...blank(wish.id), ...present(wish), headers, secret })
      this.#hooks.set(hook.id, hook)
      await this.#deps.engine.put(hook)
      return hook
    })
  }

  update(wish: Partial<HookWish> & { readonly id: string }): Promise<Hook> {
    return this.#inTurn(wish.id, async () => {
      const before = this.#known(wish.id)
      const secret = unmasked(wish.secret) ?? before.secret
      const headers = wish.headers ? keptHeaders(wish.headers, before.headers) : before.headers
      // What stays as it is was taken before: a hook whose address is refused by now can still be switched off.
      const url = wish.url === before.url ? undefined : wish.url
      await this.#check({ url, headers: wish.headers && headers, secret: wish.secret && secret, events: wish.events })
      const hook: Hook = { ...before, ...present(wish), secret, headers }
      return this.#replace(before, { ...hook, disabledReason: hook.active ? null : before.disabledReason })
    })
  }

  remove(id: string): Promise<void> {
    return this.#inTurn(id, async () => {
      const hook = this.#known(id)
      this.#hooks.delete(id)
      this.#deps.engine.remove(hook.no)
      try {
        await this.#deps.store.hooks.remove(hook.no)
      } catch (thrown) {
        this.#hooks.set(id, hook)
        await this.#deps.engine.put(hook)
        throw thrown
      }
    })
  }

  async test(id: string): ReturnType<HooksPart['test']> {
    const hook = this.#known(id)
    const data = JSON.stringify({ hook_id: id, message: 'A test of this hook; nothing happened.' })
    const event = { seq: 0, type: 'hook.test', account: '', chat: null, at: this.#deps.clock.now(), data, raw: null }
    const { delivered, status, tookMs, error, answer } = await this.#deps.sink.send(hook, event, 1, true)
    return { delivered, status, tookMs, error, answer }
  }

  async switchOff(no: number, reason: string): Promise<void> {
    const id = this.all().find((hook) => hook.no === no)?.id
    if (id === undefined) return
    await this.#inTurn(id, async () => {
      const before = this.#hooks.get(id)
      if (before?.no !== no || !before.active) return
      await this.#replace(before, { ...before, active: false, disabledReason: reason })
    })
  }

  async #replace(before: Hook, hook: Hook): Promise<Hook> {
    const { store, engine } = this.#deps
    // Whoever switches it on says that it works: its retries need not wait for their time.
    if (hook.active && !before.active) await store.deliveries.wake(hook.no, engine.now())
    await store.hooks.replace(hook)
    this.#hooks.set(hook.id, hook)
    // Not awaited: what is in flight may take its 15 seconds, and the owner need not wait for that.
    void engine.put(hook)
    if (before.active !== hook.active) {
      const data = JSON.stringify({ hook_id: hook.id, reason: hook.disabledReason })
      const type = hook.active ? 'hook.enabled' : 'hook.disabled'
      this.#deps.intake.note({ type, account: '', chat: null, data, raw: null, origin: null, news: null })
    }
    return hook
  }

  async #check({ url, secret, headers, events }: Checked): Promise<void> {
    const { checkUrl, secrets, checkHeaders, checkEvents } = this.#deps
    if (headers) checkHeaders(headers)
    if (secret) secrets.check(secret)
    if (events) checkEvents(events)
    if (url !== undefined) await checkUrl(url)
  }

  #known(id: string): Hook {
    const hook = this.#hooks.get(id)
    if (!hook) throw new Failure('not-found', `id: there is no hook "${id}"`)
    return hook
  }

  #view(hook: Hook): HookView {
    return { hook, breaker: this.#deps.engine.breaker(hook.no) }
  }
}

function blank(id: string): Omit<Hook, 'no' | 'url' | 'secret'> {
  return {
    id,
    name: id,
    method: 'POST',
    headers: {},
    active: true,
    events: [],
    description: '',
    allowInsecure: false,
    accounts: [],
    chats: [],
    order: 'chat',
    retry: null,
    raw: false,
    media: 'link',
    format: 'native',
    disabledReason: null,
  }
}

/** The fields that were given: an absent one must not overwrite what is there. */
function present<W extends object>(wish: W): { [K in keyof W]: Exclude<W[K], undefined> } {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as never
}

/** Header values that come back masked stay as they were. Fails with `invalid` where there is nothing behind the mask. */
function keptHeaders(sent: Hook['headers'], before: Hook['headers']): Record<string, string> {
  const known = new Map(Object.entries(before).map(([name, value]) => [name.toLowerCase(), value]))
  const kept = Object.entries(sent).map(([name, value]) => {
    if (value === '' || unmasked(value) !== undefined) return [name, value]
    const found = known.get(name.toLowerCase())
    if (found === undefined) throw new Failure('invalid', `headers: the value of "${name}" is masked; send it whole`)
    return [name, found]
  })
  return Object.fromEntries(kept)
}
