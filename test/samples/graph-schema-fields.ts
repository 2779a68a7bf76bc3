// What `fields` asks for, and whether an answer is what was asked for.
import type { Operation } from './graph-schema-load.ts'

/** Names in `fields` that the document does not know. */
export function unknownFields(operation: Operation, fields: string | undefined): string[] {
  if (fields === undefined || !operation.fields) return []
  const known = operation.fields
  return namesIn(fields)
    .filter((name) => !known.includes(name))
    .map((name) => `fields names ${name}, which is not in the document`)
}

/** What is missing in an answer, or was not asked for; `fields` undefined means that nothing was asked for by name. */
export function fieldProblems(operation: Operation, fields: string | undefined, body: unknown): string[] {
  if (!operation.fields) return []
  const asked = fields === undefined || fields === '' ? undefined : namesIn(fields)
  return nodesIn(body).flatMap((node, index) => {
    const has = Object.keys(node)
    const needed = asked ? operation.always : operation.defaults
    const missing = needed.filter((name) => !has.includes(name)).map((name) => `item ${index} lacks ${name}`)
    const extra = asked ? has.filter((name) => !asked.includes(name) && !operation.always.includes(name)) : []
    return [...missing, ...extra.map((name) => `item ${index} has ${name}, which was not asked for`)]
  })
}

/** The outer names: `a,b{c,d},e.limit(1)` asks for a, b and e. */
function namesIn(fields: string): string[] {
  let depth = 0
  const outer = [...fields].filter((sign) => {
    if (sign === '{' || sign === '(') depth += 1
    const isOuter = depth === 0
    if (sign === '}' || sign === ')') depth -= 1
    return isOuter
  })
  const names = outer.join('').split(',')
  return names.map((name) => name.trim().replace(/\..*$/, '')).filter((name) => name !== '')
}

/** The things that an answer holds: those of its list, or itself. */
function nodesIn(body: unknown): object[] {
  if (typeof body !== 'object' || body === null) return []
  const list = 'data' in body && Array.isArray(body.data) ? body.data : [body]
  return list.filter((each) => typeof each === 'object' && each !== null)
}
