// Reads JSON that strangers wrote: bounded in depth and number, and without the keys that poison objects.
import { Failure } from '../model/failure.ts'

export const MAX_DEPTH = 64
/** Values in one body; more would make checking it slow, and no operation needs them. */
export const MAX_VALUES = 20_000

/** A field's path as a sentence may show it: cut, and without control characters. */
export function pathText(path: readonly string[]): string {
  if (path.length === 0) return 'the body'
  return path.map((key) => key.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')).join('.')
}

/** Where the string that begins at `start` ends: the place of its closing quote, or the end of the text. */
function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}

/**
 * Refuses text that is too deep or too much before it is parsed, naming the field of the outermost object: a parser
 * would take it, but what is made of it could not be written again.
 */
function measure(text: string): void {
  let depth = 0
  let values = 1
  let field = ''
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      const end = closingQuote(text, at)
      if (depth === 1 && /^\s*:/.test(text.slice(end + 1, end + 32))) field = text.slice(at + 1, Math.min(end, at + 65))
      at = end
    } else if (code === 123 || code === 91) {
      depth++
      if (depth > MAX_DEPTH) {
        throw new Failure('invalid', `${pathText(field ? [field] : [])}: is nested deeper than ${MAX_DEPTH} levels`)
      }
    } else if (code === 125 || code === 93) depth--
    else if (code === 44) values++
    if (values > MAX_VALUES) {
      throw new Failure('invalid', `${pathText(field ? [field] : [])}: holds more than ${MAX_VALUES} values`)
    }
  }
}

/** Text that can be stored and sent everywhere: whole Unicode, without NUL. */
export function checkText(value: string, path: readonly string[]): void {
  if (!value.isWellFormed()) throw new Failure('invalid', `${pathText(path)}: contains half a surrogate pair`)
  if (value.includes('\0')) throw new Failure('invalid', `${pathText(path)}: must not contain NUL characters`)
}

/** Refuses poisoned keys and broken text anywhere in a parsed value, naming the place. */
function inspect(value: unknown, path: readonly string[]): void {
  if (typeof value === 'string') checkText(value, path)
  if (typeof value !== 'object' || value === null) return
  for (const [key, held] of Object.entries(value)) {
    const here = [...path, key]
    const poisons =
      key === '__proto__' ||
      (key === 'constructor' && typeof held === 'object' && held !== null && Object.hasOwn(held, 'prototype'))
    if (poisons) throw new Failure('invalid', `${pathText(here)}: is not a field that can be sent`)
    inspect(held, here)
  }
}

/** The value that UTF-8 bytes stand for. Fails with `invalid`, naming the field where there is one. */
export function readJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Failure('invalid', 'The body is not valid UTF-8')
  }
  measure(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Failure('invalid', 'The body is not valid JSON')
  }
  inspect(value, [])
  return value
}
