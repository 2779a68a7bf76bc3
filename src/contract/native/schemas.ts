// The shapes that several operations of the WhatsHooked API share. `$id` names a component of the OpenAPI document.
import Type from 'typebox'

/** Closed objects: a field that is not named is refused. */
export const closed = { additionalProperties: false } as const

/** Text of a form; `must` is what a caller is told who sends another one. */
export function formed(pattern: string, must: string, more: { maxLength?: number; description?: string } = {}) {
  return Type.String({ pattern, 'x-must': must, ...more })
}

/** Free text of a bounded length, in characters. */
export function text(maxLength: number, description?: string) {
  return Type.String({ maxLength, ...(description !== undefined && { description }) })
}

/** The owner's name for an account or a hook. */
export const Id = formed(
  '^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$',
  'must be 1 to 128 letters, digits and . _ : @ + -, and begin with a letter or a digit',
)

/** An id that we or WhatsApp made: a message's, an event's, a delivery's. */
export const MadeId = formed('^[\\x21-\\x7e]{1,256}$', 'must be 1 to 256 visible ASCII characters')

/** RFC 3339. */
export const Time = formed(
  '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$',
  'must be a time as in RFC 3339, for example 2026-01-31T12:00:00Z',
)
export const TimeOut = Type.String({ format: 'date-time' })
export const TimeOrNull = Type.Union([TimeOut, Type.Null()])
export const TextOrNull = Type.Union([Type.String(), Type.Null()])

/** How many entries a page holds. */
export const pageLimit = (usual: number) =>
  Type.Integer({ minimum: 1, maximum: 1000, default: usual, description: `Entries in a page; ${usual} when absent` })
export const After = formed('^[\\x21-\\x7e]{1,256}$', 'must be the `next` of the page before', {
  description: 'The `next` of the page before',
})
export const Next = Type.Union([Type.String(), Type.Null()], {
  description: 'Give it as `after` to read on; null on the last page',
})

export const Ok = Type.Literal('ok')
export const StatusOk = Type.Object({ status: Ok }, { ...closed, $id: 'StatusOk' })
export const StatusOkWithID = Type.Object(
  { status: Ok, account_id: Type.String() },
  { ...closed, $id: 'StatusOkWithID' },
)

/** The body of the many operations that take an id and nothing else. */
export const JustId = Type.Object({ id: Id }, closed)
