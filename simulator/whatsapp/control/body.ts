// Routes and bodies of the control API: what they may hold, said as types; anything else is refused with a sentence that names it.

import type { WhatsAppSimulator } from '../simulator.ts'

/** By method and path; `{id}` is one segment. What a handler returns is the answer, nothing is `{ok: true}`. */
export type Routes = Readonly<Record<string, (whatsapp: WhatsAppSimulator, body: unknown, id: string) => unknown>>

/** The caller of the control API made a mistake. */
export class ControlError extends Error {}

/** A value that is right, in the words of the refusal. */
export type Check<T> = { says: string; is(value: unknown): value is T; optional?: boolean }
type Checks = Record<string, Check<unknown>>
type Needed<C extends Checks> = { [K in keyof C]: C[K] extends { optional: true } ? never : K }[keyof C]
/** What a body is after its checks. */
export type Body<C extends Checks> = { [K in Needed<C>]: C[K] extends Check<infer T> ? T : never } & {
  [K in Exclude<keyof C, Needed<C>>]?: C[K] extends Check<infer T> ? T : never
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const check = <T>(says: string, is: (value: unknown) => boolean): Check<T> => ({
  says,
  is: (value): value is T => is(value),
})

export const text = check<string>('a text', (value) => typeof value === 'string' && value !== '')
export const flag = check<boolean>('true or false', (value) => typeof value === 'boolean')
export const count = check<number>('a whole number from 1', (value) => Number.isInteger(value) && Number(value) >= 1)
export const whole = check<number>('a whole number from 0', (value) => Number.isInteger(value) && Number(value) >= 0)
export const number = check<number>('a number', (value) => typeof value === 'number')
export const object = check<Record<string, unknown>>('an object', isObject)
export const objects = check<Record<string, unknown>[]>(
  'a list of objects',
  (value) => Array.isArray(value) && value.every(isObject),
)
export const texts = check<string[]>(
  'a list of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== ''),
)
export const base64 = check<string>(
  'base64',
  (value) => typeof value === 'string' && value !== '' && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
)
export const nothing = check<null>('null', (value) => value === null)

export const oneOf = <const V extends string | number>(...values: readonly V[]): Check<V> =>
  check<V>(values.join(' or '), (value) => values.some((each) => each === value))

export const either = <A, B>(one: Check<A>, other: Check<B>): Check<A | B> =>
  check<A | B>(`${one.says} or ${other.says}`, (value) => one.is(value) || other.is(value))

export const maybe = <T>(one: Check<T>): Check<T> & { optional: true } => ({ ...one, optional: true })

/** The body as its checks say, or a ControlError with the first thing that is wrong. */
export function bodyOf<C extends Checks>(body: unknown, checks: C): Body<C> {
  if (!isObject(body)) throw new ControlError('the body must be a JSON object')
  for (const [name, { optional }] of Object.entries(checks)) {
    if (!optional && !Object.hasOwn(body, name)) throw new ControlError(`${name} is missing`)
  }
  for (const [name, value] of Object.entries(body)) {
    const wanted = Object.hasOwn(checks, name) ? checks[name] : undefined
    const known = Object.keys(checks).join(', ') || 'nothing'
    if (!wanted) throw new ControlError(`${name} is not known here; known: ${known}`)
    if (!wanted.is(value)) throw new ControlError(`${name} must be ${wanted.says}`)
  }
  return body as Body<C>
}
