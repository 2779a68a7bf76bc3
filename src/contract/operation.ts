// What an operation of an API is: said once here, and read by the server, the OpenAPI document, the client and the CLI.
import type { Static, TObject, TSchema } from 'typebox'
import type { Scope } from '../model/caller.ts'
import type { FailureCode } from '../model/failure.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Method and path; `{name}` in the path is a parameter. */
export type Route = `${Method} /${string}`

/** What a call does to the world: the CLI asks before the last two, the console colours them. */
export type Effect = 'readonly' | 'write' | 'destructive' | 'sends'

/** A body, by how it is written on the wire. */
export interface JsonBody<S extends TSchema = TSchema> {
  readonly as: 'json'
  readonly schema: S
  /** A request may come without it. */
  readonly optional?: boolean
}
export interface TextBody {
  readonly as: 'text'
  /** Its media type. */
  readonly type: string
}
/** Fields and one file (multipart/form-data); the file is the field `file`. */
export interface MultipartBody<S extends TSchema = TSchema> {
  readonly as: 'multipart'
  /** The fields, `file` among them. */
  readonly schema: S
}
export type Body = JsonBody | TextBody

/** Where a caller's values come from; an operation's handler gets them as one object. */
export interface Parts {
  readonly path?: TObject
  readonly query?: TObject
  readonly body?: JsonBody<TObject> | MultipartBody<TObject>
}

export interface Operation {
  readonly route: Route
  /** The same operation under another method or path, with an operation id of its own. */
  readonly alias?: { readonly route: Route; readonly operationId: string }
  readonly tag: string
  /** A second tag, for readers who look there. */
  readonly alsoTag?: string
  readonly summary: string
  readonly description?: string
  readonly effect: Effect
  /** What a key must be good for. */
  readonly scope: Scope
  /** What the account must be able to do, in words; absent: every account can. */
  readonly needs?: string
  readonly input: Parts
  readonly output: Body
  /** The status of success; absent: 200. */
  readonly status?: 200 | 201
  /** Answered without a key. */
  readonly open?: boolean
  /** How it fails besides what every operation can come to (no key, wrong input, a fault of ours). */
  readonly fails: readonly FailureCode[]
}

/** All operations of an API by their operation ids. */
export type Contract = Readonly<Record<string, Operation>>

/** Says an operation; only there so that its exact type is kept. */
export function operation<const O extends Operation>(said: O): O {
  return said
}

/** A JSON body of this shape. */
export function json<S extends TSchema>(schema: S): { readonly as: 'json'; readonly schema: S } {
  return { as: 'json', schema }
}

/** Fields and a file of this shape. */
export function multipart<S extends TSchema>(schema: S): { readonly as: 'multipart'; readonly schema: S } {
  return { as: 'multipart', schema }
}

type Values<P> = P extends { readonly schema: infer S } ? Values<S> : P extends TObject ? Static<P> : unknown
type Part<I, K extends keyof Parts> = K extends keyof I ? Values<I[K]> : unknown

/** What a handler is given: the values of path, query and body together. */
export type Input<O extends Operation> = Part<O['input'], 'path'> &
  Part<O['input'], 'query'> &
  Part<O['input'], 'body'> &
  object

/** What a handler answers, and a client gets. */
export type Output<O extends Operation> = O['output'] extends { readonly schema: infer S extends TSchema }
  ? Static<S>
  : string

/** A route in its two halves. */
export function splitRoute(route: Route): { method: string; path: string } {
  const space = route.indexOf(' ')
  return { method: route.slice(0, space), path: route.slice(space + 1) }
}

/** Every route of an operation, the alias too, with the operation id that each goes by. */
export function routesOf(
  operationId: string,
  said: Operation,
): { operationId: string; method: string; path: string }[] {
  const first = { operationId, ...splitRoute(said.route) }
  return said.alias ? [first, { operationId: said.alias.operationId, ...splitRoute(said.alias.route) }] : [first]
}
