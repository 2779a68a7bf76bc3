// What was written, what was told of it, and whether both agree: the rules that must hold whatever happens.
import type { Received } from '../../../simulator/receiver/index.ts'
import { eventOf, type ToldEvent } from '../events.ts'

/** Something that was written to a linked number, or on its phone. */
export interface Word {
  readonly account: string
  readonly id: string
  /** The type of the event that it must become. */
  readonly type: string
  /** The number with a plus, or the group's id. */
  readonly chat: string
  readonly body: string | null
  /** False: when it was written is not known, and so is no place of it among others. */
  readonly inOrder: boolean
}

interface Told {
  real: string | null
  unread: string | null
}

/** The order in which the events of one message of ours may come. */
const RANK: Readonly<Record<string, number>> = {
  'message.unknown': 0,
  'message.sent': 1,
  'message.delivered': 2,
  'message.read': 3,
}
const STATUS = /^message\.(sent|delivered|read|played|failed|unknown)$/

/** Keeps all that the hook took, and notes at once what may not be. */
export class Book {
  /** Sentences of what was wrong. */
  readonly faults: string[] = []
  /** Every event that the hook took, in the order of first arrival. */
  readonly events: ToldEvent[] = []
  readonly #bodies = new Map<string, string>()
  readonly #words = new Map<string, Word>()
  readonly #told = new Map<string, Told>()
  /** Ids by account and chat, as they were written and as they were first told of. */
  readonly #written = new Map<string, string[]>()
  readonly #heard = new Map<string, string[]>()
  readonly #overheard = new Map<string, number>()
  /** The last rank of a message of ours, for each recipient. */
  readonly #ranks = new Map<string, number>()

  /** Before it is written: who hears of it may be quicker than who wrote it. */
  write(word: Word): void {
    this.#words.set(keyOf(word.account, word.id), word)
    this.#told.set(keyOf(word.account, word.id), { real: null, unread: null })
    if (word.inOrder) add(this.#written, keyOf(word.account, word.chat), word.id)
  }

  /** Before a number sends something to a group in which another one is, which hears it with an id that nobody knows yet. */
  send(account: string, body: string): void {
    this.#overheard.set(keyOf(account, body), 0)
  }

  /** How often an account was told of something that another one sent to a group. */
  overheard(account: string, body: string): number {
    return this.#overheard.get(keyOf(account, body)) ?? 0
  }

  /** A request that the hook answered with success. */
  take(request: Received): void {
    const event = eventOf(request)
    const before = this.#bodies.get(event.id)
    if (before !== undefined) {
      if (before !== request.body) this.faults.push(`${event.id} came again with other bytes`)
      return
    }
    this.#bodies.set(event.id, request.body)
    this.events.push(event)
    if (STATUS.test(event.type)) this.#status(event)
    else if (event.type.startsWith('message.')) this.#message(event)
    else if (!event.type.startsWith('account.')) this.faults.push(`nobody did what is told: ${request.body}`)
  }

  /** What was written and is not told of yet. */
  missing(): Word[] {
    return [...this.#words].filter(([key]) => this.#told.get(key)?.real === null).map(([, word]) => word)
  }

  /** Forgets what is over; notes chats that were told in another order than they were written. */
  close(): void {
    for (const [chat, written] of this.#written) {
      const heard = this.#heard.get(chat) ?? []
      if (written.join() !== heard.join())
        this.faults.push(`out of order in ${chat}:\n  written ${written.join(' ')}\n  told    ${heard.join(' ')}`)
    }
    this.#written.clear()
    this.#overheard.clear()
    this.#heard.clear()
  }

  #message(event: ToldEvent): void {
    const { account_id: account, data, id, type } = event
    const key = keyOf(account, data.message_id)
    const word = this.#words.get(key)
    const told = this.#told.get(key)
    const overheard = this.#overheard.get(keyOf(account, data.text?.body))
    if (overheard !== undefined) return void this.#overheard.set(keyOf(account, data.text.body), overheard + 1)
    if (!word || !told) {
      this.faults.push(`nobody wrote what is told: ${JSON.stringify(event)}`)
      return
    }
    if (word.inOrder && told.real === null && told.unread === null)
      add(this.#heard, keyOf(account, word.chat), data.message_id)
    if (data.message_type === 'unsupported') {
      if (data.unsupported?.type !== 'undecryptable') this.faults.push(`what is this: ${JSON.stringify(event)}`)
      if (told.real !== null) this.faults.push(`${key} is told as unreadable after it was read`)
      if (told.unread !== null) this.faults.push(`${key} is told as unreadable twice: ${told.unread}, ${id}`)
      told.unread = id
      return
    }
    if (told.real !== null) this.faults.push(`${key} is told twice: ${told.real}, ${id}`)
    told.real = id
    const chat = data.chat.is_group ? data.chat.id : data.chat.phone
    const says = [type, chat, word.body === null ? null : data.text?.body]
    if (says.join() !== [word.type, word.chat, word.body].join())
      this.faults.push(`${key} is told wrongly: ${says.join(' ')} for ${word.type} ${word.chat} ${word.body}`)
  }

  #status({ account_id: account, data, type, id }: ToldEvent): void {
    const key = keyOf(account, data.message_id)
    const rank = RANK[type]
    if (rank === undefined) {
      if (type === 'message.failed' && (this.#ranks.get(`${key} `) ?? 0) > 0)
        this.faults.push(`${key} failed after it was sent: ${data.error?.message}`)
      return
    }
    const whom = data.recipient?.id ?? ''
    const before = Math.max(this.#ranks.get(`${key} ${whom}`) ?? -1, this.#ranks.get(`${key} `) ?? -1)
    const any = rank < 2 ? Math.max(before, this.#ranks.get(`${key} *`) ?? -1) : before
    if (rank <= any) this.faults.push(`${type} ${id} of ${key} came when it was further (${any})`)
    this.#ranks.set(`${key} ${whom}`, rank)
    this.#ranks.set(`${key} *`, Math.max(rank, this.#ranks.get(`${key} *`) ?? -1))
  }
}

function keyOf(account: string, id: string): string {
  return `${account} ${id}`
}

function add(lists: Map<string, string[]>, key: string, id: string): void {
  const list = lists.get(key)
  if (list) list.push(id)
  else lists.set(key, [id])
}
