// Messages that wait: their files first, then their turn, in the order of arrival per chat.
import type { Clock, Timer } from '../../kit/clock.ts'
import { createKeyedQueue } from '../../kit/keyed-queue.ts'
import type { Log } from '../../kit/log.ts'
import type { Content } from '../../model/content.ts'
import type { OutMessage } from '../../model/message.ts'
import type { MessageStore, Store } from '../../store/store.ts'
import { failureOf } from './answers.ts'
import { needsFile, type Saying, sayingOf, written } from './draft.ts'
import type { Files } from './files.ts'
import { AGAIN_MS } from './news.ts'
import type { Pacer } from './pacer.ts'
import type { Standby } from './standby.ts'
import type { Transmitter } from './transmit.ts'

export type Begun = Awaited<ReturnType<MessageStore['begin']>>

/** A message on its way out. */
export interface Departure {
  readonly begun: Promise<Begun>
  /**
   * Its public id when it is out; null when it was not recorded (its key was known), or stays queued because the server
   * stops. Fails as `MessagesPart.send` does.
   */
  readonly ended: Promise<string | null>
  /** Its turn has come. */
  readonly isGoing: boolean
}

export interface DeparturesDeps {
  readonly store: Pick<Store, 'messages'>
  readonly files: Files
  readonly pacer: Pacer
  readonly standby: Standby
  readonly transmitter: Transmitter
  readonly clock: Clock
  readonly log: Log
}

export interface Departures {
  /** Whether messages to this chat are before one that would come now. */
  isBusy(account: string, chat: string): boolean
  /** Keeps a place for a message that is being recorded as `queued`. */
  add(place: Pick<OutMessage, 'account' | 'chat'>, begun: Promise<Begun>): Departure
  /** The outside was told what a message is called. */
  named(id: string, publicId: string): void
  /** How many of the account wait for their turn. */
  waiting(account: string): number
  /** Begins nothing any more; resolves when nothing is on its way out, or after `withinMs`. */
  stop(withinMs: number): Promise<void>
}

interface Going {
  readonly account: string
  readonly chat: string
  message: OutMessage | null
  isGoing: boolean
}

export function createDepartures(deps: DeparturesDeps): Departures {
  return new DepartureBoard(deps)
}

class DepartureBoard implements Departures {
  readonly #deps: DeparturesDeps
  readonly #inOrder = createKeyedQueue()
  readonly #open = new Set<Promise<unknown>>()
  readonly #byId = new Map<string, Going>()
  /** How many of a chat are not out yet, and how many of an account wait for their turn. */
  readonly #chats = new Map<string, number>()
  readonly #waiting = new Map<string, number>()
  #stopping = false

  constructor(deps: DeparturesDeps) {
    this.#deps = deps
  }

  isBusy(account: string, chat: string): boolean {
    return this.#chats.has(keyOf(account, chat))
  }

  waiting(account: string): number {
    return this.#waiting.get(account) ?? 0
  }

  named(id: string, publicId: string): void {
    const going = this.#byId.get(id)
    if (going?.message) going.message = { ...going.message, publicId }
  }

  add({ account, chat }: Pick<OutMessage, 'account' | 'chat'>, begun: Promise<Begun>): Departure {
    const key = keyOf(account, chat)
    const going: Going = { account, chat, message: null, isGoing: false }
    count(this.#chats, key, 1)
    void begun.then(
      ({ message, fresh }) => {
        if (fresh) this.#enter(going, message)
      },
      () => {},
    )
    const ended = this.#inOrder(key, () => this.#depart(going, begun)).finally(() => {
      count(this.#chats, key, -1)
      this.#leave(going)
    })
    const open = ended.catch(() => {})
    this.#open.add(open)
    void open.then(() => this.#open.delete(open))
    return {
      begun,
      ended,
      get isGoing() {
        return going.isGoing
      },
    }
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    this.#deps.pacer.stop()
    this.#deps.standby.stop()
    void this.#deps.files.stop()
    let late: Timer | null = null
    const ended = Promise.all(this.#open)
    await Promise.race([ended, new Promise<void>((resolve) => (late = this.#deps.clock.after(withinMs, resolve)))])
    ;(late as Timer | null)?.cancel()
  }

  #enter(going: Going, message: OutMessage): void {
    going.message = message
    this.#byId.set(message.id, going)
    count(this.#waiting, going.account, 1)
  }

  #leave(going: Going): void {
    if (!going.message) return
    this.#byId.delete(going.message.id)
    if (!going.isGoing) count(this.#waiting, going.account, -1)
  }

  async #depart(going: Going, begun: Promise<Begun>): Promise<string | null> {
    const { message, fresh } = await begun
    if (!fresh) return null
    const saying = sayingOf(message)
    if (!(await this.#connected(message))) return null
    const content = await this.#uploaded(message, saying)
    if (content === null || !(await this.#turn(going, message))) return null
    const { store, clock, transmitter } = this.#deps
    const marked = () => store.messages.mark(message.id, { status: 'sending', at: clock.now(), error: null })
    // Must be on disk before it is so.
    if (!(await this.#recorded(message, marked))) return null
    // By now it may have been named.
    return transmitter.send(going.message ?? message, { ...saying, content })
  }

  /** The content with its file at the other side; null when the server stops first. */
  async #uploaded(message: OutMessage, saying: Saying): Promise<Content | null> {
    if (!needsFile(saying.content)) return saying.content
    if (this.#stopping) return null
    const { files, store, transmitter } = this.#deps
    let content: Content
    try {
      content = await files.upload(message, saying.content)
    } catch (thrown) {
      if (this.#stopping) return null
      return await transmitter.fail(message, failureOf(thrown, 'Send failed')).finally(() => files.forget(message.id))
    }
    const rewritten = () => store.messages.rewrite(message.id, written({ ...saying, content }))
    if (!(await this.#recorded(message, rewritten))) return null
    await files.forget(message.id)
    return content
  }

  /** False when the server stops first. What can only be helped by its owner fails the message. */
  async #connected(message: OutMessage): Promise<boolean> {
    try {
      return await this.#deps.standby.wait(message.account)
    } catch (thrown) {
      await this.#deps.files.forget(message.id)
      return this.#deps.transmitter.fail(message, failureOf(thrown, 'Send failed'))
    }
  }

  async #turn(going: Going, message: OutMessage): Promise<boolean> {
    const { pacer, standby } = this.#deps
    const { account, chat } = going
    while (await pacer.wait(account, chat)) {
      if (standby.isUp(account)) {
        going.isGoing = true
        count(this.#waiting, account, -1)
        return true
      }
      // The connection went while it waited: what waited with it must not go all at once when it is back.
      pacer.giveBack(account, chat)
      if (!(await this.#connected(message))) return false
    }
    return false
  }

  /** Records something about the message as soon as the store takes it; false when the server stops first. */
  async #recorded(message: OutMessage, record: () => Promise<void>): Promise<boolean> {
    const { clock, log } = this.#deps
    while (!this.#stopping) {
      try {
        await record()
        return true
      } catch (cause) {
        log.warn('a queued message waits, because the store takes nothing', { message: message.id, cause })
        await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))
      }
    }
    return false
  }
}

function keyOf(account: string, chat: string): string {
  return `${account}\n${chat}`
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + change
  if (now > 0) counts.set(key, now)
  else counts.delete(key)
}
