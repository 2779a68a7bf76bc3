// The errors of templates as Meta words them: 100 with a subcode, and a title and sentence for people.
import { GraphError } from '../graph-error.ts'

/** 100 with this subcode, `error_user_title` and `error_user_msg`. */
export function refusal(subcode: number, userTitle: string, userMessage: string): GraphError {
  return new GraphError('Invalid parameter', { code: 100, subcode, transient: false, userTitle, userMessage })
}

/** 2388043: a component lacks something that it needs. */
export function missingField(component: string, field: string): GraphError {
  return refusal(
    2388043,
    'Message template "components" param is missing expected field(s)',
    `component of type ${component} is missing expected field(s) (${field})`,
  )
}

/** 2388040: a text is too long. */
export function tooLong(what: string, limit: number): GraphError {
  return refusal(2388040, 'Character limit exceeded', `${what} is longer than its limit of ${limit} characters.`)
}

/** 2388047, 2388072, 2388073: header, body or footer is not written as Meta wants it. */
export function wrongFormat(component: 'HEADER' | 'BODY' | 'FOOTER', what: string): GraphError {
  const subcodes = { HEADER: 2388047, BODY: 2388072, FOOTER: 2388073 }
  const name = component.toLowerCase()
  return refusal(subcodes[component], `Message ${name} format is incorrect`, `The ${name} ${what}.`)
}
