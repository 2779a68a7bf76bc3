// Shows answers: as JSON, or as a table for people.
import { isObject } from './value.ts'

export const STYLES = ['json', 'table'] as const
export type Style = (typeof STYLES)[number]

/** How wide a table may be where no terminal says. */
const USUAL_WIDTH = 120

/** An answer as text to print, without the line break at its end. A table wider than `width` becomes a block for each row. */
export function shown(answer: unknown, style: Style, width = USUAL_WIDTH): string {
  if (typeof answer === 'string') return answer.trimEnd().split('\n').map(plain).join('\n')
  return style === 'json' ? jsonOf(answer) : table(answer, width)
}

/** JSON whose texts cannot steer a terminal either: beside what JSON escapes, DEL and the C1 controls. */
export function jsonOf(answer: unknown): string {
  return JSON.stringify(answer, null, 2).replaceAll(
    /[\x7f-\x9f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Text on one line that tells a terminal nothing: neither by control characters nor by turning the direction of writing. */
export function plain(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** Lists become rows; a list of objects in an answer too; all else becomes lines of name and value. */
function table(answer: unknown, width: number): string {
  if (Array.isArray(answer)) return rows(answer, width)
  if (!isObject(answer)) return cell(answer)
  const entries = Object.entries(answer)
  const lists = entries.filter(([, value]) => Array.isArray(value) && (value.length === 0 || value.every(isObject)))
  const others = entries.filter((entry) => !lists.includes(entry))
  const tables = lists.map(([name, value]) => `${plain(name)}:\n${rows(value as unknown[], width)}`)
  return [...(others.length > 0 ? [block(Object.fromEntries(others))] : []), ...tables].join('\n\n')
}

function rows(list: readonly unknown[], width: number): string {
  if (list.length === 0) return '(none)'
  const objects = list.map((item) => (isObject(item) ? flat(item) : { value: item }))
  // A column that is empty in every row says nothing.
  const names = [...new Set(objects.flatMap((item) => Object.keys(item)))].filter((name) =>
    objects.some((item) => cell(item[name]) !== EMPTY),
  )
  const lines = [names.map(plain), ...objects.map((item) => names.map((name) => cell(item[name])))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  if (widths.reduce((sum, one) => sum + one + 2, -2) > width) return objects.map(block).join('\n\n')
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return lines.map(line).join('\n')
}

/** A line for each field. */
function block(item: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(flat(item))
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${plain(name).padEnd(width)}  ${cell(value)}`.trimEnd()).join('\n')
}

/** The fields of small objects beside the object's own, as `last_attempt.status`. */
function flat(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]): [string, unknown][] =>
      isObject(value) && Object.keys(value).length <= 8
        ? Object.entries(value).map(([below, held]): [string, unknown] => [`${name}.${below}`, held])
        : [[name, value]],
    ),
  )
}

const EMPTY = '-'

function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return EMPTY
  if (Array.isArray(value) && value.length === 0) return EMPTY
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value) && value.every((one) => !isObject(one) && !Array.isArray(one)))
    return plain(value.join(', '))
  return plain(JSON.stringify(value))
}
