// The shapes that several operations of the WhatsHooked API share. `$id` names a component of the OpenAPI document.
// Keywords of ours: `x-must` is what a caller is told, `x-file` a text that goes to disk and not through memory (the check
// sees an empty one), `x-told` what only the document says because the server is milder, or says it better.
import Type from 'typebox'

/** Closed objects: a field that is not named is refused. */
export const closed = { additionalProperties: false } as const

/** Text of a form; `must` is what a caller is told who sends another one. */
export function formed(pattern: string, must: string, more: { maxLength?: number; description?: string } = {}) {
  return Type.String({ pattern, 'x-must': must, ...more })
}

/** An address on the web. Whether it may be reached is asked when it is. */
export function webAddress(description?: string) {
  return Type.Refine(
    Type.String({
      format: 'uri',
      pattern: '^[hH][tT][tT][pP][sS]?://[^\\s/?#@\\\\]+([/?#][^\\s]*)?$',
      maxLength: 2048,
      'x-must': 'must be an http or https address without user name, password and spaces',
      ...(description !== undefined && { description }),
    }),
    (url) => URL.canParse(url),
    () => 'must be an http or https address that can be reached',
  )
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

/** The body of the many operations that take an account and nothing else. */
export const JustAccount = Type.Object({ account_id: Id }, closed)

/** An id that Meta made: a number's, a flow's, a catalog's, a file's. */
export const MetaId = formed('^[A-Za-z0-9_-]{1,64}$', 'must be 1 to 64 letters, digits, _ and -')

/** The media type of a file; empty says as much as an absent one. */
export function mimeType(more: { default?: string; description?: string } = {}) {
  return Type.String({
    pattern: '^([A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}( ?; ?[\\x21-\\x3a\\x3c-\\x7e]{1,100}){0,4})?$',
    'x-must': 'must be a media type such as image/jpeg',
    ...more,
  })
}

/** An object of Meta's own making, passed on as it is. */
export const MetaObject = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true })

/** How whatever is asked of Meta for an account can fail. */
export const META_FAILS = [
  'upstream',
  'lost-answer',
  'not-connected',
  'disabled',
  'unsupported',
  'unavailable',
] as const
