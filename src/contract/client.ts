// A typed client of any contract, for the CLI, the console, the sandbox and tests; runs in a browser too.
import { FAILURES, Failure, type FailureCode } from '../model/failure.ts'
import { type Contract, type Input, type MultipartBody, type Operation, type Output, splitRoute } from './operation.ts'

/** What one call may add to its input. */
export interface CallOptions {
  /** The same key with the same body is sent once (operations that send). */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** What a call is given: the operation's input, with the file of a multipart body as a Blob (a File keeps its name). */
export type CallInput<O extends Operation> = O['input'] extends { readonly body: MultipartBody }
  ? Omit<Input<O>, 'file'> & { readonly file: Blob }
  : Input<O>

type Call<O extends Operation> =
  Record<never, never> extends CallInput<O>
    ? (input?: CallInput<O>, options?: CallOptions) => Promise<Output<O>>
    : (input: CallInput<O>, options?: CallOptions) => Promise<Output<O>>

/** One function for every operation, by its operation id. */
export type Client<C extends Contract> = { readonly [K in keyof C]: Call<C[K]> }

export interface ClientOptions {
  /** Where the server is, for example `http://127.0.0.1:8825`; a path in it goes before every route. */
  readonly baseUrl: string
  /** Sent as a bearer token; absent for a page whose session is a cookie. */
  readonly key?: string
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

type Values = Record<string, unknown>

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null
}

/** Where a call goes, and what of its input is left for the body. */
function addressOf(said: Operation, baseUrl: string, input: Values): { method: string; url: string; rest: Values } {
  const rest = { ...input }
  const { method, path } = splitRoute(said.route)
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  const query = new URLSearchParams()
  const inBody = said.input.body?.schema.properties ?? {}
  for (const name of Object.keys(said.input.query?.properties ?? {})) {
    if (name in inBody) continue
    if (rest[name] !== undefined) query.set(name, String(rest[name]))
    delete rest[name]
  }
  const search = query.size > 0 ? `?${query}` : ''
  return { method, url: `${baseUrl.replace(/\/+$/, '')}${filled}${search}`, rest }
}

function codeOf(value: unknown): FailureCode {
  return FAILURES.find((code) => code === value) ?? 'internal'
}

/** A refusal as the Failure that the server threw, with its status among the facts. */
async function failureOf(response: Response): Promise<Failure> {
  const text = await response.text()
  let problem: Values = {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (isValues(parsed)) problem = parsed
  } catch {
    // Not a problem document (a proxy's page, for example): its text is the sentence.
  }
  const { type: _type, title: _title, detail, code, ...facts } = problem
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  const sentence = typeof detail === 'string' ? detail : text.slice(0, 500) || `HTTP ${response.status}`
  return new Failure(codeOf(code), sentence, {
    facts: { ...facts, status: response.status },
    ...(Number.isFinite(after) && { retryAfterS: after }),
  })
}

/** Fields first, and the file last: the server knows what a file is for before it comes. */
function formOf(values: Values): FormData {
  const form = new FormData()
  const parts = Object.entries(values).filter(([, value]) => value !== undefined)
  for (const [name, value] of parts) if (!(value instanceof Blob)) form.append(name, String(value))
  for (const [name, value] of parts) if (value instanceof Blob) form.append(name, value)
  return form
}

/** The body of a request as it is written; of a form, `fetch` itself says the type, for it draws the boundary. */
function bodyOf(said: Operation, values: Values): { body?: string | FormData; type?: string } {
  if (!said.input.body) return {}
  if (said.input.body.as === 'multipart') return { body: formOf(values) }
  return { body: JSON.stringify(values), type: 'application/json' }
}

async function call(said: Operation, options: ClientOptions, input: Values, more: CallOptions): Promise<unknown> {
  const send = options.fetch ?? fetch
  const { method, url, rest } = addressOf(said, options.baseUrl, input)
  const { body, type } = bodyOf(said, rest)
  const response = await send(url, {
    method,
    headers: {
      accept: 'application/json, application/problem+json',
      ...(type !== undefined && { 'content-type': type }),
      ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
      ...(more.idempotencyKey !== undefined && { 'idempotency-key': more.idempotencyKey }),
    },
    ...(body !== undefined && { body }),
    ...(more.signal && { signal: more.signal }),
  })
  if (!response.ok) throw await failureOf(response)
  return said.output.as === 'json' ? response.json() : response.text()
}

/**
 * A client of the contract. Every function fails with the Failure of the server, and with what `fetch` fails with when
 * the server is not reached.
 */
export function createClient<C extends Contract>(contract: C, options: ClientOptions): Client<C> {
  const calls = Object.entries(contract).map(([name, said]) => [
    name,
    (input: Values = {}, more: CallOptions = {}) => call(said, options, input, more),
  ])
  // The one cast: the loop above makes exactly one function for every key of the contract.
  return Object.fromEntries(calls) as Client<C>
}
