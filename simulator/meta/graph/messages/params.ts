// Reads the parts of a message by their paths, and refuses what is missing or wrong in Meta's words.
import { type GraphError, messagingError, parameterError } from '../graph-error.ts'
import { isObject } from '../graph-request.ts'

/** An object inside a message, and how Meta names it: `interactive['action']`. */
export type Place = { path: string; value: Record<string, unknown> }

/** How long a text may be, and how the details of a refusal call it. */
export type Length = { max: number; label?: string }

/** 131008 with details. */
export function missing(details: string): GraphError {
  return messagingError(131008, details)
}

/** 131009 with details. */
export function wrongValue(details: string): GraphError {
  return messagingError(131009, details)
}

/** `interactive['action']` for the key `action` of `interactive`. */
export function pathOf(place: Place, key: string): string {
  return `${place.path}['${key}']`
}

/** True when a value counts as not given. */
export function isAbsent(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === ''
}

/** The content of a message, which stands under the name of its type: missing is 131008, no object is 100. */
export function contentOf(type: string, value: unknown): Place {
  if (isAbsent(value)) throw missing(`The parameter ${type} is required for messages of type ${type}.`)
  return placeOf(type, value)
}

/** An object at a path; anything else is 100. */
export function placeOf(path: string, value: unknown): Place {
  if (!isObject(value)) throw parameterError(`Param ${path} must be a JSON object.`)
  return { path, value }
}

/** The object under a key; missing is 100. */
export function objectIn(place: Place, key: string): Place {
  return placeOf(pathOf(place, key), required(place, key))
}

/** The object under a key if there is one. */
export function optionalObject(place: Place, key: string): Place | undefined {
  return isAbsent(place.value[key]) ? undefined : objectIn(place, key)
}

/** The objects of the array under a key, at least one; missing is 100. */
export function objectsIn(place: Place, key: string): Place[] {
  const path = pathOf(place, key)
  const list = required(place, key)
  if (!Array.isArray(list)) throw parameterError(`Param ${path} must be an array.`)
  if (list.length === 0) throw parameterError(`Param ${path} must not be empty.`)
  return list.map((each: unknown, i) => placeOf(`${path}[${i}]`, each))
}

/** The objects of the array under a key; none when it is not there. */
export function optionalObjects(place: Place, key: string): Place[] {
  const list = place.value[key]
  return isAbsent(list) || (Array.isArray(list) && list.length === 0) ? [] : objectsIn(place, key)
}

/** The text under a key; missing is 100, too long or blank is 131009. */
export function textIn(place: Place, key: string, length?: Length): string {
  const path = pathOf(place, key)
  const text = required(place, key)
  if (typeof text !== 'string') throw parameterError(`Param ${path} must be a string.`)
  if (length) checkLength(text, { label: path, ...length })
  return text
}

/** The text under a key if there is one. */
export function optionalText(place: Place, key: string, length?: Length): string | undefined {
  const value = place.value[key]
  if (value === undefined || value === null) return undefined
  if (value === '') return ''
  return textIn(place, key, length)
}

/** One of these, whatever its case; else 100 with the list. */
export function oneOf<T extends string>(place: Place, key: string, values: readonly T[]): T {
  const value = required(place, key)
  const found = values.find((each) => typeof value === 'string' && each === value.toLowerCase())
  if (found !== undefined) return found
  const list = values.map((each) => each.toUpperCase()).join(', ')
  throw parameterError(`Param ${pathOf(place, key)} must be one of {${list}} - got "${shown(value)}".`)
}

/** A flag; `true` and `false` as texts are taken as well. */
export function checkFlag(place: Place, key: string): void {
  const value = place.value[key]
  const isFlag = value === undefined || typeof value === 'boolean' || value === 'true' || value === 'false'
  if (!isFlag) throw parameterError(`Param ${pathOf(place, key)} must be a boolean.`)
}

/** Refuses keys that are not known there. */
export function onlyKeys(place: Place, keys: readonly string[]): void {
  for (const name of Object.keys(place.value)) {
    if (!keys.includes(name)) throw parameterError(`Unexpected key "${name}" on param "${place.path}".`)
  }
}

/** Refuses a list in which a value comes twice. */
export function checkUnique(values: readonly string[], what: string): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined) throw wrongValue(`${what} must be unique: ${twice} is given more than once.`)
}

/** A value as refusals show it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function checkLength(text: string, { max, label }: Required<Length>): void {
  const { length } = [...text]
  if (length > max || text.trim() === '') throw wrongValue(`${label} length invalid. Min length: 1, Max length: ${max}`)
}

function required(place: Place, key: string): unknown {
  const value = place.value[key]
  if (isAbsent(value)) throw parameterError(`The parameter ${pathOf(place, key)} is required.`)
  return value
}
