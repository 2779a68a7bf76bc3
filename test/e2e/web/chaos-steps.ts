// The steps of which random lives of linked numbers are made: people write and read, and things go wrong.
import fc from 'fast-check'
import type { Phone } from '../../../simulator/whatsapp/index.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import { ask, type Send } from './chaos-sends.ts'
import { ACCOUNTS, NUMBERS, type World } from './chaos-world.ts'

const KINDS = ['text', 'text', 'text', 'edit', 'revoke', 'reaction'] as const
const CODES = ['503', '515', '440'] as const

const who = fc.nat({ max: 2 })
const account = fc.constantFrom(...ACCOUNTS)
const times = fc.integer({ min: 1, max: 3 })

const talk = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('says'),
      who,
      account,
      where: fc.constantFrom('me', 'group'),
      what: fc.constantFrom(...KINDS),
      times,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('writes'), who, account, times }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('sends'), who, account, where: fc.constantFrom('them', 'group'), times }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reads'), who, account }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('waits'), ms: fc.integer({ min: 1, max: 250 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('calms') }) },
)

const trouble = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drops') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ends'), code: fc.constantFrom(...CODES) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('silence'), forMs: fc.constantFrom(30, 100, 100, 300, 300, 1500, 6000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acks'), held: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('corrupts'), times }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuses'), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('throttles'), times }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restarts') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switches'), account }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hook'), up: fc.boolean() }) },
)

/** Lives: more talk than trouble. */
export function lives(maxLength: number) {
  return fc.array(fc.oneof({ weight: 5, arbitrary: talk }, { weight: 3, arbitrary: trouble }), {
    minLength: 4,
    maxLength,
  })
}

type Values<A> = A extends fc.Arbitrary<infer T> ? T : never
type Step = Values<typeof talk> | Values<typeof trouble>

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

let made = 0

/** Takes steps in a world, one after the other; nothing that is sent is waited for. */
export class Life {
  readonly world: World
  readonly sends: Send[] = []
  /** What each has written in each chat, as ids. */
  readonly #texts = new Map<string, string[]>()
  readonly #asking = new Set<Promise<void>>()
  #is440Over = false

  constructor(world: World) {
    this.world = world
  }

  async take(step: Step): Promise<void> {
    const { whatsapp } = this.world.around
    switch (step.do) {
      case 'says':
        for (let n = 0; n < step.times; n += 1) await this.#says(step)
        return
      case 'writes':
        for (let n = 0; n < step.times; n += 1) await this.#writes(step)
        return
      case 'sends':
        for (let n = 0; n < step.times; n += 1) this.#sends(step)
        return
      case 'reads':
        return this.#reads(step)
      case 'waits':
        return pause(step.ms)
      case 'calms':
        return this.#calms()
      case 'drops':
        return whatsapp.server.drops()
      case 'ends':
        if (step.code === '440' && this.#is440Over) return
        if (step.code === '440') this.#is440Over = true
        return whatsapp.server.streamError(step.code)
      case 'silence':
        return this.#silence(step.forMs)
      case 'acks':
        return step.held ? whatsapp.server.holdsAcks() : whatsapp.server.releasesAcks()
      case 'corrupts':
        return whatsapp.server.corruptsNext(step.times)
      case 'refuses':
        return whatsapp.server.refusesLogin(step.on ? '503' : null)
      case 'throttles':
        return whatsapp.server.throttlesLookups(step.times)
      case 'restarts':
        await this.world.stop()
        return this.world.start()
      case 'switches':
        return this.switches(step.account)
      case 'hook':
        this.world.isHookUp = step.up
    }
  }

  /** Disables the account, or enables it. */
  async switches(id: string): Promise<void> {
    const { api, disabled } = this.world
    if (disabled.delete(id)) await api.enableAccount({ id })
    else {
      await api.disableAccount({ id })
      disabled.add(id)
    }
  }

  /** Resolves when all that was asked has an answer, or none any more. */
  async asked(): Promise<void> {
    await Promise.all(this.#asking)
    for (let turn = 0; turn < 100; turn += 1) {
      const open = this.sends.filter(({ answer }) => answer === null)
      if (open.length === 0) return
      for (const send of open) await ask(this.world.api, send)
      await pause(50)
    }
  }

  async #calms(): Promise<void> {
    const isCalm = async (id: string) => (await this.world.api.getAccountStatus({ id })).state === 'connected'
    for (let turn = 0; turn < 40; turn += 1) {
      const all = await Promise.all(ACCOUNTS.map(isCalm))
      if (all.every((one) => one)) return
      await pause(25)
    }
  }

  async #silence(forMs: number): Promise<void> {
    const { world } = this
    world.isSilent = true
    world.around.whatsapp.server.goesSilent()
    await pause(forMs)
    // Longer ones last into what comes next.
    if (forMs < 300) world.speak()
  }

  async #says(step: { who: number; account: string; where: string; what: string }): Promise<void> {
    const { world } = this
    const friend = world.friends[step.who] as Phone
    const isGroup = step.where === 'group'
    const to = isGroup ? world.group : (NUMBERS[step.account] ?? '')
    const chat = isGroup ? world.group : `+${friend.number}`
    const texts = this.#textsOf(`${friend.number} ${to}`)
    const target = step.what === 'text' ? undefined : texts.at(-1)
    const id = newId()
    const [content, type, attrs, body] = this.#content(step.what, { friend, target, isGroup, id })
    for (const account of isGroup ? ACCOUNTS : [step.account])
      world.book.write({ account, id, type, chat, body, inOrder: true })
    if (type === 'message.received') texts.push(id)
    if (type === 'message.revoked') texts.pop()
    await friend.says(to, content, { id, attrs })
  }

  #content(
    what: string,
    { friend, target, isGroup, id }: { friend: Phone; target: string | undefined; isGroup: boolean; id: string },
  ): [say.MessageObject, string, Record<string, string>, string | null] {
    if (target === undefined) return [say.text(`word ${id}`), 'message.received', {}, `word ${id}`]
    const key = { remoteJid: isGroup ? this.world.group : friend.lid, id: target, fromMe: true }
    if (what === 'edit') return [say.edit(key, say.text(`now ${id}`)), 'message.edited', { edit: '1' }, `now ${id}`]
    if (what === 'revoke') return [say.revoke(key), 'message.revoked', { edit: '7' }, null]
    return [say.reaction(key, '🎉'), 'message.reaction', {}, null]
  }

  /** On the phone of the number itself. */
  async #writes({ who: at, account: by }: { who: number; account: string }): Promise<void> {
    const { world } = this
    const friend = world.friends[at] as Phone
    const id = newId()
    const body = `own ${id}`
    world.book.write({ account: by, id, type: 'message.received', chat: `+${friend.number}`, body, inOrder: true })
    await world.around.whatsapp.phone(NUMBERS[by] ?? '').says(friend.number, body, { id })
  }

  #sends(step: { who: number; account: string; where: string }): void {
    const { world } = this
    const friend = world.friends[step.who] as Phone
    const isGroup = step.where === 'group'
    const key = newId()
    const send: Send = {
      key,
      account: step.account,
      to: isGroup ? world.group : `+${friend.number}`,
      readers: isGroup ? world.friends : [friend],
      text: `send ${key}`,
      answer: null,
      status: null,
    }
    this.sends.push(send)
    if (isGroup) for (const other of ACCOUNTS) if (other !== send.account) world.book.send(other, send.text)
    if (!world.server) return
    const asking = ask(world.api, send).finally(() => this.#asking.delete(asking))
    this.#asking.add(asking)
  }

  /** All that they got from the account and have not read yet. */
  #reads({ who: at, account: by }: { who: number; account: string }): void {
    const { world } = this
    const friend = world.friends[at] as Phone
    const from = NUMBERS[by] ?? ''
    const mine = new Set(this.sends.filter((send) => send.account === by).map(({ text }) => text))
    const got = friend.inbox().filter((one) => one.from === from && !one.own && mine.has(one.text ?? ''))
    const isIn = (to: string) => to.endsWith('@g.us')
    const alone = got.filter(({ to }) => !isIn(to)).map(({ id }) => id)
    const within = got.filter(({ to }) => isIn(to)).map(({ id }) => id)
    if (alone.length > 0) friend.reads(from, alone)
    if (within.length > 0) friend.reads(from, within, { group: world.group })
  }

  #textsOf(key: string): string[] {
    const texts = this.#texts.get(key) ?? []
    this.#texts.set(key, texts)
    return texts
  }
}

function newId(): string {
  made += 1
  return `CHAOS${String(made).padStart(6, '0')}`
}
