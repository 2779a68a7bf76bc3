// `/{waba_id}/message_templates` and `/{template_id}`.
import type { Template } from '../../managed.ts'
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { pageOf } from '../fields.ts'
import { unknownField, unknownObject } from '../graph-error.ts'
import type { GraphAnswer, GraphRequest } from '../graph-request.ts'
import { listedTemplates, templateFields } from './template-node.ts'
import { createTemplate, deleteTemplates, editTemplate } from './write.ts'

/** Lists, makes or deletes templates of an account. */
export function templatesCall(world: World, request: GraphRequest, account: Account): GraphAnswer {
  const { method, params } = request
  const accountId = account.id
  if (method === 'GET') {
    const items = listedTemplates(world, account, params).map((each) => templateFields(each, params.fields))
    return { body: pageOf(items, request, world.state.limits.page), accountId }
  }
  if (method === 'POST') return { body: createTemplate(world, account, params), accountId }
  if (method === 'DELETE') return { body: deleteTemplates(world, account, params), accountId }
  throw unknownObject(method, accountId)
}

/** Reads or edits one template. */
export function templateCall(world: World, request: GraphRequest, template: Template): GraphAnswer {
  const { method, params, segments } = request
  const { accountId } = template
  const edge = segments[1]
  if (edge !== undefined) throw unknownField(edge, 'WhatsAppBusinessHSM')
  if (method === 'GET') return { body: templateFields(template, params.fields), accountId }
  if (method === 'POST') return { body: editTemplate(world, template, params), accountId }
  throw unknownObject(method, template.id)
}
