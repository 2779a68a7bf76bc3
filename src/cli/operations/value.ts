// Reads the text behind a flag as what its field takes: numbers, lists, JSON, and files.
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { Failure } from '../../model/failure.ts'
import { didYouMean, listed } from '../nearest.ts'
import { plainOf, type Schema } from './command.ts'

/** Media types by file extension, for files whose type nobody said. */
const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.mp4': 'video/mp4',
  '.3gp': 'video/3gpp',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.aac': 'audio/aac',
  '.amr': 'audio/amr',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.doc': 'application/msword',
  '.xls': 'application/vnd.ms-excel',
  '.ppt': 'application/vnd.ms-powerpoint',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}

/** `words` is what the flag is called. Fails with `invalid`: one sentence that names it. */
export function readValue(schema: Schema, said: string, words: string): unknown {
  const { type, items, enum: names } = plainOf(schema)
  if (said === 'null' && schema.anyOf?.some((one) => one.type === 'null')) return null
  const text = textOf(said, words)
  if (names) return names.find((name) => String(name) === text) ?? failNames(text, names.map(String), words)
  if (type === 'boolean') return text === 'true' || (text !== 'false' && fail(`${words} takes true or false`))
  if (type === 'integer' || type === 'number') {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : fail(`${words} takes a number`)
  }
  if (type === 'object') {
    const value = parsed(text, words)
    return isObject(value) ? value : fail(`${words} takes a JSON object`)
  }
  if (type === 'array') return readList(items ?? {}, text, words)
  // Objects of Meta's own: what is no JSON object or list there is text.
  return type === undefined && /^[[{]/.test(text) ? parsed(text, words) : text
}

/** Values with commas between them, or JSON; of objects one, or a JSON list. */
function readList(items: Schema, text: string, words: string): unknown[] {
  if (text.trim() === '') return []
  if (text.startsWith('[')) {
    const value = parsed(text, words)
    return Array.isArray(value) ? value : fail(`${words} takes a JSON list`)
  }
  if (plainOf(items).type === 'object') return [readValue(items, text, words)]
  return text.split(',').map((one) => readValue(items, one.trim(), words))
}

/** `@file` is what the file holds, without the line break that ends it; `@@` begins a text that begins with @. */
function textOf(said: string, words: string): string {
  if (said.startsWith('@@')) return said.slice(1)
  if (!said.startsWith('@')) return said
  try {
    return readText(said.slice(1)).replace(/\r?\n$/, '')
  } catch (thrown) {
    const hint = `; a text that begins with @ is written with two: ${words} @${said}`
    return fail(`${Failure.from(thrown).message}${/\.\w+$/.test(said) ? '' : hint}`)
  }
}

/** A file in base64, and beside it of what kind it is and what it is called. */
export function readFileFields(field: string, path: string): Record<string, string> {
  const { bytes, name } = fileAt(path)
  const type = TYPES[extname(name).toLowerCase()]
  return {
    [field]: bytes.toString('base64'),
    ...(type !== undefined && { mime_type: type }),
    ...(field === 'document_data' && name !== '' && { filename: name }),
  }
}

/** A file as a part of a form. */
export function readFilePart(path: string): File {
  const { bytes, name } = fileAt(path)
  const type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream'
  return new File([new Uint8Array(bytes)], name || 'file', { type })
}

function fileAt(path: string): { bytes: Buffer; name: string } {
  const plain = path.replace(/^@/, '')
  return { bytes: readBytes(plain), name: plain === '-' ? '' : basename(plain) }
}

/** The JSON object in a file, or on stdin for `-`. */
export function readObject(path: string, words: string): Record<string, unknown> {
  const value = parsed(readText(path.replace(/^@/, '')), words)
  return isObject(value) ? value : fail(`${words} takes a JSON object`)
}

function readText(path: string): string {
  return readBytes(path).toString('utf8')
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    return fail(code === 'ENOENT' ? `There is no file "${path}"` : `The file "${path}" cannot be read (${code})`)
  }
}

function parsed(text: string, words: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    return fail(`${words} takes JSON: ${(thrown as Error).message}`)
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function failNames(text: string, names: readonly string[], words: string): never {
  return fail(`${words} takes ${listed(names, 'or')}, not "${text}"${didYouMean(text, names)}`)
}

export function fail(sentence: string): never {
  throw wrong(sentence)
}

export function wrong(sentence: string): Failure {
  return new Failure('invalid', sentence)
}
