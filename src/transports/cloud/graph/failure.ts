// Meta's error codes by class: whether trying again helps and when, and what to tell the operator, in Meta's terms.
import type { Trouble } from './trouble.ts'

/**
 *   retry       a moment's trouble: try again after `firstWaitMs`, which grows by `factor`
 *   hold        no use trying before `firstWaitMs` (null: Meta does not say)
 *   token       the access token is the trouble: nothing works until there is another one
 *   permission  the token is good and may not do this
 *   account     Meta restricts the account
 *   caller      the request will never go through as it is
 *   template    likewise, for its template
 *   phone       the number is not ready for this
 *   network     Graph was not reached, or its answer was lost
 *   other       a code that we do not know
 */
export type TroubleClass =
  | 'retry'
  | 'hold'
  | 'token'
  | 'permission'
  | 'account'
  | 'caller'
  | 'template'
  | 'phone'
  | 'network'
  | 'other'

export interface Verdict {
  readonly class: TroubleClass
  readonly firstWaitMs: number | null
  readonly factor: number
  /** What to do about it; empty when Meta's own words say it. */
  readonly advice: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const TOKEN_ADVICE =
  "The access token is not valid any more: make one in Meta's Business settings (System users, with whatsapp_business_messaging and whatsapp_business_management) and set access_token."
const SUBCODE_ADVICE: ReadonlyMap<number, string> = new Map([
  [
    460,
    "The access token died with a changed password: make a system user's token, which does not, and set access_token.",
  ],
  [463, "The access token has expired: make a system user's token that never expires, and set access_token."],
  [467, 'The access token was withdrawn or is for another app: make a new one and set access_token.'],
])
const PERMISSION_ADVICE =
  'The token may not do this: it needs whatsapp_business_messaging and whatsapp_business_management, and its system user must be assigned to the WhatsApp account.'
const ACCOUNT_ADVICE = "Meta restricts this account: see Account quality in Meta's Business manager."

type Row = readonly [codes: readonly number[], verdict: Omit<Verdict, 'factor' | 'advice'> & Partial<Verdict>]

const ROWS: readonly Row[] = [
  [[1, 2, 130429, 131000, 131016, 133004], { class: 'retry', firstWaitMs: SECOND }],
  // Meta: wait 4^X seconds, X from 0, between messages to one recipient.
  [[131056], { class: 'retry', firstWaitMs: SECOND, factor: 4 }],
  [[131057], { class: 'retry', firstWaitMs: MINUTE }],
  [
    [4, 17, 32, 613],
    { class: 'retry', firstWaitMs: MINUTE, advice: "The app's or the user's calls to Graph are used up for now." },
  ],
  [
    [80007, 80008],
    { class: 'retry', firstWaitMs: 5 * MINUTE, advice: "The account's calls to Graph are used up for now." },
  ],
  [[133015], { class: 'retry', firstWaitMs: 5 * MINUTE }],
  [
    [131048],
    {
      class: 'hold',
      firstWaitMs: null,
      advice:
        "Meta counts too many of the number's messages as spam: stop sending, and see its quality in WhatsApp Manager.",
    },
  ],
  [[131049], { class: 'hold', firstWaitMs: 24 * HOUR }],
  [[131064, 133009], { class: 'hold', firstWaitMs: null }],
  [[132069], { class: 'hold', firstWaitMs: HOUR }],
  [[133016], { class: 'hold', firstWaitMs: 72 * HOUR }],
  [[0, 102, 104, 190], { class: 'token', firstWaitMs: null, advice: TOKEN_ADVICE }],
  [[3, 10, 131005], { class: 'permission', firstWaitMs: null, advice: PERMISSION_ADVICE }],
  [
    [368, 130497, 131031, 131037, 131042, 131044, 131045, 131063, 134011],
    { class: 'account', firstWaitMs: null, advice: ACCOUNT_ADVICE },
  ],
  [
    [33, 100, 131008, 131009, 131021, 131050, 131051, 131052, 131053, 131062, 130472, 135000, 137000],
    { class: 'caller', firstWaitMs: null },
  ],
  [
    [131026],
    {
      class: 'caller',
      firstWaitMs: null,
      advice: 'The recipient is not on WhatsApp, or cannot be reached by this number.',
    },
  ],
  [
    [131030],
    {
      class: 'caller',
      firstWaitMs: null,
      advice:
        "A test number writes only to the recipients on its list: add this one under API Setup in Meta's app dashboard.",
    },
  ],
  [
    [131047],
    {
      class: 'caller',
      firstWaitMs: null,
      advice: 'More than 24 hours have passed since the recipient wrote: only a template can be sent.',
    },
  ],
  [
    [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068],
    { class: 'template', firstWaitMs: null },
  ],
  [[133000, 133005, 133006, 133008, 136024, 136025], { class: 'phone', firstWaitMs: null }],
  [
    [133010],
    {
      class: 'phone',
      firstWaitMs: null,
      advice: 'The number is not registered with the Cloud API: register it (POST /<phone_number_id>/register).',
    },
  ],
]

const BY_CODE: ReadonlyMap<number, Verdict> = new Map(
  ROWS.flatMap(([codes, verdict]) => codes.map((code) => [code, { factor: 2, advice: '', ...verdict }] as const)),
)

const WRONG_OBJECT =
  'Either phone_number_id is not the id that WhatsApp Manager shows for the number (it is not the phone number), or the token may not see it: it needs whatsapp_business_management, and its system user must be assigned to the WhatsApp account.'

/** The class of a trouble; keyed on Meta's code, never on the HTTP status, of which Meta's own pages disagree. */
export function verdictOf(trouble: Trouble): Verdict {
  const { code, subcode } = trouble
  if (trouble.outcome !== 'refused') return { class: 'network', firstWaitMs: SECOND / 2, factor: 2, advice: '' }
  if (code === 100 && subcode === 33) return { class: 'caller', firstWaitMs: null, factor: 2, advice: WRONG_OBJECT }
  const known = code === null ? undefined : (BY_CODE.get(code) ?? rangeOf(code))
  if (known) {
    const advice = known.class === 'token' && subcode !== null ? SUBCODE_ADVICE.get(subcode) : undefined
    return advice === undefined ? known : { ...known, advice }
  }
  const isTransient = trouble.isTransient || trouble.status === 429 || (trouble.status ?? 0) >= 500
  return { class: isTransient ? 'retry' : 'other', firstWaitMs: isTransient ? SECOND : null, factor: 2, advice: '' }
}

/**
 * The sentence for people: what Meta said with all that its support asks for, and what to do. Without secrets. `advice`
 * takes the place of what the class advises, where more is known of what was asked.
 */
export function sentenceOf(trouble: Trouble, advice: string | null = null): string {
  const { outcome, code, subcode, message, details, trace } = trouble
  if (outcome === 'unreachable') return `Graph could not be reached: ${message}.`
  if (outcome === 'lost') return `The answer of Graph was lost: ${message}.`
  const marks = [
    ...(code === null ? [] : [`code ${code}`]),
    ...(subcode === null ? [] : [`subcode ${subcode}`]),
    ...(trace === null ? [] : [`fbtrace_id ${trace}`]),
  ]
  const said = [message, details]
    .filter((text) => text !== null)
    .map(withStop)
    .join(' ')
  const origin = code === null && trace === null ? 'Graph gave' : 'Meta answered:'
  return [`${origin} ${said}`, marks.length > 0 ? `(${marks.join(', ')})` : '', advice ?? verdictOf(trouble).advice]
    .filter((text) => text !== '')
    .join(' ')
}

/** The same as public facts, for problem+json. */
export function factsOf(trouble: Trouble): Record<string, unknown> {
  const { code, subcode, message, details, trace, status } = trouble
  const facts = { code, subcode, title: message, details, fbtrace_id: trace, http_status: status }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null))
}

function rangeOf(code: number): Verdict | undefined {
  if (code >= 200 && code <= 299) return BY_CODE.get(10)
  if (code >= 80_000 && code <= 80_014) return BY_CODE.get(80_007)
  if (code >= 132_000 && code < 133_000) return BY_CODE.get(132_000)
  if ((code >= 139_000 && code <= 139_006) || (code >= 131_200 && code < 131_300)) return BY_CODE.get(100)
  return undefined
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
