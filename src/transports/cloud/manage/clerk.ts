// How what is managed at Meta is asked for and changed, and how that fails: always in Meta's words.
import type { CloudSettings } from '../../../model/account.ts'
import type { JsonObject } from '../../../model/content.ts'
import { Failure } from '../../../model/failure.ts'
import { factsOf, sentenceOf, verdictOf } from '../graph/failure.ts'
import type { GraphCall } from '../graph/graph.ts'
import { isUnknownField, type Trouble } from '../graph/trouble.ts'
import { readPages } from '../pages.ts'
import { type Ending, type Patience, persist, type Sending } from '../patience.ts'
import type { Wire } from '../wire.ts'

/** What managing needs of the line. */
export interface Managed extends Sending {
  cloud(): CloudSettings
  /** The account's WABA, looked for again while it is not known; null when it cannot be found. */
  wabaId(): Promise<string | null>
}

export interface Clerk {
  cloud(): CloudSettings
  /** The account's WABA, ready for a path. Fails with `upstream`, saying what to set. */
  waba(): Promise<string>
  /** Answers the body. Fails with `upstream`; so do all of these. */
  read(path: string, query?: Readonly<Record<string, string>>, advice?: string): Promise<JsonObject>
  /** All pages of a list as `{ data }`; `paging.cursors.after` is there only when the list goes on beyond them. */
  list(path: string, query?: Readonly<Record<string, string>>, advice?: string): Promise<JsonObject>
  /** Answers the body. Fails with `lost-answer` when the change may or may not have been made. */
  change(call: GraphCall): Promise<JsonObject>
  /** A change whose answer says only whether it was made. */
  confirm(call: GraphCall): Promise<void>
  /** The body of what has ended so. */
  answerOf(ending: Ending, isChange: boolean): JsonObject
}

/** Pages of one list. Every one is a call of the 200 an hour that Meta allows an account at first. */
const MAX_PAGES = 100

/** People wait for these: one more try, soon, or a failure that says when to come again. */
const PATIENCE: Pick<Patience, 'tries' | 'maxWaitMs'> = { tries: 2, maxWaitMs: 5000 }

const NO_WABA =
  'Meta API error: the WhatsApp Business Account of this number could not be found. Set waba_id (WhatsApp Manager shows it as the WhatsApp Business Account ID), or give the token whatsapp_business_management.'

export function createClerk(managed: Managed): Clerk {
  const ask = (call: GraphCall, repeatable: boolean): Promise<Ending> =>
    persist(managed, call, { repeatable, ...PATIENCE })
  const told = (body: Wire): JsonObject => withoutSecrets(body, managed.cloud())
  const readOnce = (path: string, query: Readonly<Record<string, string>>): Promise<Ending> =>
    ask({ method: 'GET', path, query }, true)
  /** Versions differ in the fields that they have; what they show unasked is better than nothing. */
  const withFields = async <Answer extends { ok: true } | { ok: false; trouble: Trouble }>(
    query: Readonly<Record<string, string>>,
    get: (query: Readonly<Record<string, string>>) => Promise<Answer>,
  ): Promise<Answer> => {
    const answer = await get(query)
    const { fields, ...rest } = query
    return !answer.ok && fields !== undefined && isUnknownField(answer.trouble) ? get(rest) : answer
  }
  const clerk: Clerk = {
    cloud: () => managed.cloud(),
    async waba() {
      const id = await managed.wabaId()
      if (id === null) throw new Failure('upstream', NO_WABA)
      return encodeURIComponent(id)
    },
    async read(path, query = {}, advice) {
      const ending = await withFields(query, (given) => readOnce(path, given))
      if (!ending.ok) throw failureOf(ending.trouble, { waitMs: ending.waitMs, advice })
      return told(ending.body)
    },
    async list(path, query = {}, advice) {
      const list = await withFields(query, (given) => readPages((page) => readOnce(path, page), given, MAX_PAGES))
      if (!list.ok) throw failureOf(list.trouble, { advice })
      const { items, after } = list
      return told({ data: items, ...(after === null ? null : { paging: { cursors: { after } } }) })
    },
    change: async (call) => clerk.answerOf(await ask(call, false), true),
    async confirm(call) {
      const body = await clerk.change(call)
      if (body.success === false)
        throw new Failure('upstream', 'Meta API error: Meta answered that the change was not made (success: false).')
    },
    answerOf(ending, isChange) {
      if (ending.ok) return told(ending.body)
      throw failureOf(ending.trouble, { waitMs: ending.waitMs, isChange })
    },
  }
  return clerk
}

interface Circumstances {
  readonly waitMs?: number | null
  readonly isChange?: boolean
  /** What to do when the token may not. */
  readonly advice?: string | undefined
}

/** A trouble as a failure in Meta's words. */
function failureOf(trouble: Trouble, { waitMs = null, isChange = false, advice }: Circumstances): Failure {
  const retryMs = waitMs ?? trouble.waitMs
  const more = {
    facts: factsOf(trouble),
    ...(retryMs === null ? null : { retryAfterS: Math.ceil(retryMs / 1000) }),
  }
  const sentence = `Meta API error: ${sentenceOf(trouble, adviceOf(trouble, advice))}`
  if (trouble.outcome !== 'lost' || !isChange) return new Failure('upstream', sentence, more)
  return new Failure('lost-answer', `${sentence} Whether the change was made is not known: look before trying again.`, {
    facts: factsOf(trouble),
  })
}

/** Null: what the class of the trouble advises. */
function adviceOf(trouble: Trouble, advice: string | undefined): string | null {
  if (trouble.code === 100 && trouble.subcode === 33)
    return 'There is nothing with that id, or the token may not see it.'
  return advice !== undefined && verdictOf(trouble).class === 'permission' ? advice : null
}

/** Meta writes tokens into some addresses; none may be told on. */
function withoutSecrets(body: Wire, { accessToken, appSecret }: CloudSettings): JsonObject {
  const secrets = [accessToken, appSecret ?? ''].filter((text) => text.length > 3)
  const text = JSON.stringify(body)
  if (!secrets.some((secret) => text.includes(secret))) return body
  return JSON.parse(secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)) as JsonObject
}
