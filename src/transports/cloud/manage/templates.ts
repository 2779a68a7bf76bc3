// Message templates of the account's WABA (Meta, "Template management").
import { Failure } from '../../../model/failure.ts'
import type { BusinessLine } from '../../transport.ts'
import { asList, asText, isObject } from '../wire.ts'
import type { Clerk } from './clerk.ts'

const FIELDS =
  'id,name,language,status,category,sub_category,previous_category,components,parameter_format,quality_score,rejected_reason'

/** What Graph answers when there is no such template: `Invalid parameter`, with the sentence in `error_user_msg`. */
const NOT_FOUND = { code: 100, subcode: 2593002, title: 'Invalid parameter', http_status: 400 }

export function createTemplates(clerk: Clerk): BusinessLine['templates'] {
  const edge = async (): Promise<string> => `${await clerk.waba()}/message_templates`
  return {
    list: async () => clerk.list(await edge(), { fields: FIELDS }),
    create: async (template) => clerk.change({ method: 'POST', path: await edge(), body: template }),
    /** By name alone Meta deletes every language: its id makes it the one. */
    async remove(name, language) {
      const path = await edge()
      const found = await clerk.list(path, { name, fields: 'id,name,language' })
      // Meta's filter takes names that only contain the name, too.
      const ofName = asList(found.data)
        .filter(isObject)
        .filter((one) => one.name === name)
      const ids = ofName.filter((one) => one.language === language).map((one) => asText(one.id))
      const id = ids.find((one) => one !== null) ?? null
      if (id === null)
        throw notFound(
          name,
          language,
          ofName.map((one) => asText(one.language) ?? '?'),
        )
      await clerk.confirm({ method: 'DELETE', path, query: { hsm_id: id, name } })
    },
  }
}

function notFound(name: string, language: string, languages: readonly string[]): Failure {
  const others = languages.length === 0 ? '' : ` It is there in ${languages.join(', ')}.`
  const details = `Message template "${name}" in ${language} not found: the WhatsApp Business Account has no such template.${others}`
  return new Failure('upstream', `Meta API error: Invalid parameter. ${details} (code 100, subcode 2593002)`, {
    facts: { ...NOT_FOUND, details },
  })
}
