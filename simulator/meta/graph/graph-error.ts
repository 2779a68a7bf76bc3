// Meta's errors: what Graph answers when it refuses, and what a failed status says.
import { newTraceId } from '../ids.ts'

export type GraphErrorOptions = {
  code: number
  /** HTTP status; found by the code when left out. */
  status?: number
  subcode?: number
  type?: string
  /** `error_data.details` of a messaging error. */
  details?: string
  /** `error_data` as a plain string, as some edges have it. */
  data?: string
  transient?: boolean
  userTitle?: string
  userMessage?: string
  headers?: Record<string, string>
}

/** A refusal, thrown anywhere below the server, which alone turns it into an answer. */
export class GraphError extends Error {
  readonly options: GraphErrorOptions

  constructor(message: string, options: GraphErrorOptions) {
    super(message)
    this.options = options
  }
}

/** Titles of the codes that the simulator uses, by Meta's list of error codes. */
const titles: Record<number, string> = {
  1: 'An unknown error occurred',
  2: 'An unexpected error has occurred. Please retry your request later.',
  4: 'Application request limit reached',
  10: 'Application does not have permission for this action',
  17: 'User request limit reached',
  80007: 'Rate limit issues',
  80008: 'There have been too many calls to this WhatsApp Business account. Wait a bit and try again.',
  130429: 'Rate limit hit',
  130472: "User's number is part of an experiment",
  131000: 'Something went wrong',
  131005: 'Access denied',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131016: 'Service unavailable',
  131021: 'Recipient cannot be sender',
  131026: 'Message undeliverable',
  131030: 'Recipient phone number not in allowed list',
  131047: 'Re-engagement message',
  131048: 'Spam rate limit hit',
  131049: 'This message was not delivered to maintain healthy ecosystem engagement.',
  131051: 'Unsupported message type',
  131050: 'User has stopped marketing messages',
  131052: 'Media download error',
  131053: 'Media upload error',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  131057: 'Business account is in maintenance mode',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132005: 'Translated text too long',
  132007: 'Template format character policy violated',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is paused',
  132016: 'Template is disabled',
  132018: 'There is an issue with the parameters in your template',
  132068: 'Flow is blocked',
  132069: 'Flow is throttled',
  133005: 'Two-step verification PIN mismatch',
  133006: 'Phone number re-verification needed',
  133008: 'Too many two-step verification PIN guesses',
  133009: 'Two-step verification PIN guessed too fast',
  133010: 'Account not registered',
  133015: 'Please wait a few minutes before attempting to register this phone number',
  133016: 'Account register deregister rate limit exceeded',
  136024: 'Request code error',
  136025: 'Verify code error',
  139001: "Flow can't be updated",
  139002: "Flow can't be published",
  139003: "Flow can't be deprecated",
  139004: "Flow can't be deleted",
}

const statuses: Record<number, number> = {
  1: 500,
  2: 500,
  10: 403,
  190: 401,
  200: 403,
  130429: 429,
  131000: 500,
  131005: 403,
  131016: 503,
  132001: 404,
}

/** The title of a code, as statuses and messages carry it. */
export function titleOf(code: number): string {
  return titles[code] ?? 'Something went wrong'
}

/** `(#code) Title`, with details: the common shape of messaging errors. */
export function messagingError(code: number, details?: string): GraphError {
  return new GraphError(`(#${code}) ${titleOf(code)}`, { code, ...(details === undefined ? {} : { details }) })
}

/** `(#100) …`. */
export function parameterError(message: string, details?: string): GraphError {
  return new GraphError(`(#100) ${message}`, { code: 100, ...(details === undefined ? {} : { details }) })
}

/** The error of an object that is not there, or that the token must not see: Meta does not say which. */
export function unknownObject(method: string, id: string): GraphError {
  return new GraphError(
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing ` +
      'permissions, or does not support this operation. Please read the Graph API documentation at ' +
      'https://developers.facebook.com/docs/graph-api',
    { code: 100, subcode: 33, type: 'GraphMethodException' },
  )
}

/** The error of a field or edge that a node does not have. */
export function unknownField(field: string, nodeType: string): GraphError {
  return parameterError(`Tried accessing nonexisting field (${field}) on node type (${nodeType})`)
}

/** The HTTP status of a refusal. */
export function statusOf(error: GraphError): number {
  return error.options.status ?? statuses[error.options.code] ?? 400
}

/** The body of a refusal, with a trace id of its own. */
export function errorBody(error: GraphError): Record<string, unknown> {
  const { code, subcode, type, details, data, transient, userTitle, userMessage } = error.options
  return {
    error: {
      message: error.message,
      type: type ?? 'OAuthException',
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
      ...(data === undefined ? {} : { error_data: data }),
      ...(transient === undefined ? {} : { is_transient: transient }),
      ...(userTitle === undefined ? {} : { error_user_title: userTitle }),
      ...(userMessage === undefined ? {} : { error_user_msg: userMessage }),
      fbtrace_id: newTraceId(),
    },
  }
}

/** The WWW-Authenticate header that mirrors the message. */
export function authenticateHeader(error: GraphError): string {
  const reason = error.options.code === 190 ? 'invalid_token' : 'invalid_request'
  return `OAuth "Facebook Platform" "${reason}" "${error.message.replaceAll(/[^\x20-\x7e]/g, '?')}"`
}

/** An error as statuses carry it. */
export function statusError(code: number, details: string): Record<string, unknown> {
  const title = titleOf(code)
  const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/'
  return { code, title, message: title, error_data: { details }, href }
}
