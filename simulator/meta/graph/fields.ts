// `fields=` and pages: which part of a node is answered, and how lists are cut.
import { parameterError, unknownField } from './graph-error.ts'
import { type GraphRequest, isObject } from './graph-request.ts'

/** What a node can answer: its type, its fields, and which of them come unasked. */
export type Node = { type: string; fields: Record<string, () => unknown>; defaults: readonly string[] }

type Wanted = { name: string; inner: Wanted[] }

/** The node cut to `fields` (a parameter such as `id,throughput{level}`); `id` always comes. Absent values are left out. */
export function selectFields(node: Node, fields: unknown): Record<string, unknown> {
  if (fields !== undefined && typeof fields !== 'string') throw parameterError('Param fields must be a string')
  const wanted =
    fields === undefined || fields === '' ? node.defaults.map((name) => ({ name, inner: [] })) : parseFields(fields)
  const answer: Record<string, unknown> = {}
  for (const { name: asked, inner } of wanted) {
    // A field may carry modifiers, such as preview.invalidate(false).
    const name = asked.replace(/(\.\w+\([^()]*\))+$/, '')
    const read = Object.hasOwn(node.fields, name) ? node.fields[name] : undefined
    if (!read) throw unknownField(name, node.type)
    const value = read()
    if (value !== undefined && value !== null) answer[name] = inner.length > 0 ? cut(value, inner) : value
  }
  return { ...answer, id: node.fields.id?.() }
}

/**
 * One page of `items` with Graph's cursors; no `paging` when there is nothing, no `next` on the last page. `most` bounds
 * the page whatever limit the caller asks for.
 */
export function pageOf(
  items: readonly Record<string, unknown>[],
  request: GraphRequest,
  most?: number | null,
): Record<string, unknown> {
  const limit = Math.min(limitOf(request.params.limit), most ?? Number.POSITIVE_INFINITY)
  const { after, before } = request.params
  const from = after === undefined ? undefined : indexOf(items, after) + 1
  const to = before === undefined ? undefined : indexOf(items, before)
  const start = from ?? (to === undefined ? 0 : Math.max(0, to - limit))
  const page = items.slice(start, Math.min(to ?? items.length, start + limit))
  const [first, last] = [page[0], page.at(-1)]
  if (!first || !last) return { data: [] }
  const cursors = { before: cursorOf(first), after: cursorOf(last) }
  const next = start + page.length < items.length ? { next: pageUrl(request, limit, ['after', cursors.after]) } : {}
  const previous = start > 0 ? { previous: pageUrl(request, limit, ['before', cursors.before]) } : {}
  return { data: page, paging: { cursors, ...next, ...previous } }
}

function parseFields(text: string): Wanted[] {
  let at = 0
  const list = (isInner: boolean): Wanted[] => {
    const found: Wanted[] = []
    while (at < text.length) {
      const name = /^[^,{}]*/.exec(text.slice(at))?.[0] ?? ''
      at += name.length
      const wanted: Wanted = { name: name.trim(), inner: [] }
      if (text[at] === '{') {
        at += 1
        wanted.inner = list(true)
      }
      if (wanted.name !== '') found.push(wanted)
      const mark = text[at]
      at += 1
      if (mark === '}') {
        if (isInner) return found
        throw syntaxError(text)
      }
    }
    if (isInner) throw syntaxError(text)
    return found
  }
  return list(false)
}

function syntaxError(text: string): Error {
  return parameterError(`Syntax error in the parameter fields: "${text}"`)
}

function cut(value: unknown, inner: Wanted[]): unknown {
  if (Array.isArray(value)) return value.map((each) => cut(each, inner))
  if (!isObject(value)) return value
  const kept = inner.filter(({ name }) => Object.hasOwn(value, name))
  return Object.fromEntries(
    kept.map((each) => [each.name, each.inner.length > 0 ? cut(value[each.name], each.inner) : value[each.name]]),
  )
}

function limitOf(value: unknown): number {
  if (value === undefined) return 25
  const limit = Number(value)
  if (!Number.isInteger(limit) || limit < 1)
    throw parameterError('Param limit must be an integer greater than or equal to 1')
  return Math.min(limit, 100)
}

function cursorOf(item: Record<string, unknown>): string {
  return Buffer.from(`cursor:${String(item.id)}`).toString('base64url')
}

function indexOf(items: readonly Record<string, unknown>[], cursor: unknown): number {
  const index = items.findIndex((item) => cursorOf(item) === cursor)
  if (index < 0) throw parameterError('Invalid cursors values')
  return index
}

/** Graph puts the access token into these links, whether it came in a header or not. */
function pageUrl(request: GraphRequest, limit: number, cursor: [string, string]): string {
  const query = new URLSearchParams(request.query)
  query.delete('after')
  query.delete('before')
  const bearer = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) query.set('access_token', bearer)
  query.set('limit', String(limit))
  query.set(...cursor)
  return `${request.origin}/${[request.version ?? 'v24.0', ...request.segments].join('/')}?${query}`
}
