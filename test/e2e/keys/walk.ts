// Walks over the contract: for every operation, and each way to call it, a well-formed request about things of given ids.
import { type Native, native } from '../../../src/contract/native/index.ts'
import { type Operation, routesOf } from '../../../src/contract/operation.ts'
import type { Scope } from '../../../src/model/caller.ts'
import { FORM_TYPE, formParts, formText } from '../../suites/bad-input.ts'
import { SAMPLES } from '../../suites/surface.ts'
import type { Stage } from '../stage.ts'

/** Ids of things that requests are to name. */
export interface Ids {
  readonly account: string
  readonly hook: string
  readonly delivery: string
  readonly event: string
  readonly message: string
  readonly key: string
  readonly phoneNumberId: string
  /** The file of an upload at Meta. */
  readonly media: string
}

/** Well-formed ids of nothing. */
export const NOTHING: Ids = {
  account: 'nobody-at-all',
  hook: 'no-such-hook',
  delivery: 'dlv_zz_zz',
  event: 'evt_01KAAAAAAA0000ZZZZZZ',
  message: `msg_${'0'.repeat(26)}`,
  key: `key_${'0'.repeat(26)}`,
  phoneNumberId: '999999999999999',
  media: '888888888888888',
}

export interface Request {
  readonly operationId: string
  readonly name: keyof Native
  readonly said: Operation
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly body: string | undefined
  readonly type: string | undefined
}

type Values = Readonly<Record<string, unknown>>

/** What `id` stands for in the operations of a tag. */
function idOf(tag: string, ids: Ids): string {
  const of: Readonly<Record<string, string>> = {
    Webhooks: ids.hook,
    Accounts: ids.account,
    Messages: ids.message,
    Deliveries: ids.delivery,
    Cache: ids.event,
    Keys: ids.key,
  }
  return of[tag] ?? ids.account
}

/** The sample of an operation, about these things. */
function about(name: keyof Native, ids: Ids): Values {
  const said: Operation = native[name]
  const named: Values = {
    id: idOf(said.tag, ids),
    account_id: ids.account,
    hook_id: ids.hook,
    message_id: ids.message,
    phone_number_id: ids.phoneNumberId,
    media_id: ids.media,
  }
  const sample: Values = { ...SAMPLES[name] }
  const fields = Object.entries(sample).map(([field, value]) => [field, named[field] ?? value])
  const more: Partial<Record<keyof Native, Values>> = {
    addHook: { accounts: [ids.account] },
    addKey: { accounts: [ids.account] },
    listDeliveries: { hook: ids.hook },
    listAudit: { account: ids.account },
  }
  return { ...Object.fromEntries(fields), ...more[name] }
}

function requestOf(route: Pick<Request, 'operationId' | 'name' | 'said' | 'method'>, path: string, ids: Ids): Request {
  const { query, body } = route.said.input
  const values = about(route.name, ids)
  const only = (schema: { readonly properties: object } | undefined): Values =>
    Object.fromEntries(Object.entries(values).filter(([field]) => schema && field in schema.properties))
  const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(values[field])))
  const asked = Object.entries(only(query)).map(([field, value]): [string, string] => [field, String(value)])
  const search = asked.length > 0 ? `?${new URLSearchParams(asked)}` : ''
  const brought = only(body?.schema)
  const isForm = body?.as === 'multipart'
  return {
    ...route,
    path: filled + search,
    body: body && (isForm ? formText(formParts(brought)) : JSON.stringify(brought)),
    type: body && (isForm ? FORM_TYPE : 'application/json'),
  }
}

/** A request for every route of every operation that is not open to everybody. */
export function requestsAbout(ids: Ids): Request[] {
  const names = Object.keys(native) as (keyof Native)[]
  return names.flatMap((name) => {
    const said: Operation = native[name]
    if (said.open) return []
    return routesOf(name, said).map(({ operationId, method, path }) =>
      requestOf({ operationId, name, said, method }, path, ids),
    )
  })
}

/** Sends it; answers status and text. */
export async function ask(
  stage: Pick<Stage, 'url'>,
  { method, path, body, type }: Pick<Request, 'method' | 'path' | 'body' | 'type'>,
  headers: Record<string, string>,
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(stage.url + path, {
    method,
    headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

export const as = (key: string): Record<string, string> => ({ 'x-api-key': key })

/** A new key with these scopes, for these accounts or for all. */
export async function newKey(
  { api }: Pick<Stage, 'api'>,
  scopes: readonly Scope[],
  accounts: readonly string[] | null = null,
): Promise<string> {
  const wish = { name: `${scopes.join(' and ')}`, scopes: [...scopes], accounts: accounts && [...accounts] }
  return (await api.addKey(wish)).key
}
