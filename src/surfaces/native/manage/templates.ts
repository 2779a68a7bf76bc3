// Answers the operations on message templates.
import type { templates as said } from '../../../contract/native/manage/templates.ts'
import type { Gateway } from '../../../gateway/gateway.ts'
import type { Handlers } from '../../surface.ts'

export const templates: Handlers<Gateway, typeof said> = {
  listTemplates: async ({ app }, { account_id }) => app.business(account_id).templates.list(),
  uploadTemplate: async ({ app }, { account_id, ...template }) => app.business(account_id).templates.create(template),
  async deleteTemplate({ app }, { account_id, name, language }) {
    await app.business(account_id).templates.remove(name, language)
    return { status: 'ok' }
  },
}
