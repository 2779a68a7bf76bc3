// Shows answers: as JSON, or as a table for people.

export type Style = 'json' | 'table'

/** An answer as text to print. */
export function shown(answer: unknown, style: Style): string {
  if (typeof answer === 'string') return answer
  return style === 'json' ? JSON.stringify(answer, null, 2) : table(answer)
}

/** Lists become rows; a list that is an answer's only large part too; other answers become lines of name and value. */
function table(answer: unknown): string {
  if (Array.isArray(answer)) return rows(answer)
  if (!isObject(answer)) return cell(answer)
  const entries = Object.entries(answer)
  const lists = entries.filter(([, value]) => Array.isArray(value) && value.every(isObject) && value.length > 0)
  const others = entries.filter((entry) => !lists.includes(entry))
  const width = Math.max(0, ...others.map(([name]) => name.length))
  const lines = others.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`)
  const tables = lists.map(([name, value]) => `${name}:\n${rows(value as unknown[])}`)
  return [...lines, ...tables].join('\n')
}

function rows(list: readonly unknown[]): string {
  if (list.length === 0) return '(none)'
  const objects = list.map((item) => (isObject(item) ? flat(item) : { value: item }))
  const names = [...new Set(objects.flatMap((item) => Object.keys(item)))]
  const lines = [names, ...objects.map((item) => names.map((name) => cell(item[name])))]
  const widths = names.map((_, column) => Math.min(60, Math.max(...lines.map((line) => (line[column] ?? '').length))))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return lines.map(line).join('\n')
}

/** The fields of small objects beside the object's own, as `last_attempt.status`. */
function flat(item: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]): [string, unknown][] =>
      isObject(value) && Object.keys(value).length <= 6
        ? Object.entries(value).map(([below, held]): [string, unknown] => [`${name}.${below}`, held])
        : [[name, value]],
    ),
  )
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((one) => typeof one !== 'object')
        ? value.join(', ')
        : JSON.stringify(value)
  // A terminal must not be told what to do by what somebody wrote in a message.
  return text.replaceAll(/\p{Cc}/gu, ' ')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
