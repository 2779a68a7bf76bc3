// A template as Graph shows it, and which of an account's templates a list asks for.
import type { Template } from '../../managed.ts'
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { type Node, selectFields } from '../fields.ts'
import { parameterError } from '../graph-error.ts'
import { textOf } from './component.ts'

const usual = ['name', 'parameter_format', 'components', 'language', 'status', 'category', 'previous_category']

/** Values that the filters take. */
const enums: Record<string, readonly string[]> = {
  status: [
    ...['APPROVED', 'IN_APPEAL', 'PENDING', 'REJECTED', 'PENDING_DELETION', 'DELETED', 'DISABLED', 'PAUSED'],
    ...['LIMIT_EXCEEDED', 'ARCHIVED'],
  ],
  category: ['AUTHENTICATION', 'MARKETING', 'UTILITY'],
  quality_score: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'],
}

/** A template cut to `fields`. */
export function templateFields(template: Template, fields: unknown): Record<string, unknown> {
  return selectFields(nodeOf(template), fields)
}

/**
 * The templates of an account that pass the filters of a list: `name`, `content` and `name_or_content` are looked for
 * in any case, `status`, `category`, `language` and `quality_score` are one value or several (JSON or with commas).
 */
export function listedTemplates(world: World, account: Account, params: Record<string, unknown>): Template[] {
  const own = [...world.state.managed.templates.values()].filter(({ accountId }) => accountId === account.id)
  const wanted = {
    status: choices(params, 'status'),
    category: choices(params, 'category'),
    language: choices(params, 'language'),
    quality_score: choices(params, 'quality_score'),
  }
  const words = { name: params.name, content: params.content, name_or_content: params.name_or_content }
  return own.filter((template) => {
    const [name, content] = [template.name.toLowerCase(), contentOf(template).toLowerCase()]
    return (
      isAmong(wanted.status, template.status) &&
      isAmong(wanted.category, template.category) &&
      isAmong(wanted.language, template.language) &&
      isAmong(wanted.quality_score, template.quality) &&
      holds([name], words.name) &&
      holds([content], words.content) &&
      holds([name, content], words.name_or_content)
    )
  })
}

function nodeOf(template: Template): Node {
  const { id, name, language, category, previousCategory, status, components, parameterFormat } = template
  const fields: Node['fields'] = {
    id: () => id,
    name: () => name,
    parameter_format: () => parameterFormat,
    components: () => components,
    language: () => language,
    status: () => status,
    category: () => category,
    sub_category: () => undefined,
    previous_category: () => previousCategory,
    correct_category: () => undefined,
    rejected_reason: () => template.rejectedReason,
    quality_score: () => ({ score: template.quality, date: Math.floor(template.qualityAt / 1000) }),
    message_send_ttl_seconds: () => template.ttlSeconds,
    cta_url_link_tracking_opted_out: () => undefined,
    library_template_name: () => undefined,
    last_updated_time: () => new Date(template.changedAt).toISOString().replace(/\.\d+Z$/, '+0000'),
  }
  return { type: 'WhatsAppBusinessHSM', fields, defaults: usual }
}

function choices(params: Record<string, unknown>, name: string): string[] | undefined {
  const value = params[name]
  if (value === undefined || value === '') return undefined
  const list = Array.isArray(value) ? value.map(String) : textChoices(String(value))
  const known = enums[name]
  for (const choice of known === undefined ? [] : list) {
    if (known?.includes(choice.toUpperCase())) continue
    throw parameterError(`Param ${name} must be one of {${known?.join(', ')}} - got "${choice}".`)
  }
  return known === undefined ? list : list.map((choice) => choice.toUpperCase())
}

/** `["en","de"]`, or `en,de`. */
function textChoices(text: string): string[] {
  return text
    .replaceAll(/[[\]"']/g, '')
    .split(',')
    .map((each) => each.trim())
}

function isAmong(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value)
}

function holds(texts: readonly string[], word: unknown): boolean {
  if (word === undefined || word === '') return true
  return texts.some((text) => text.includes(String(word).toLowerCase()))
}

function contentOf({ components }: Template): string {
  return components.map(textOf).join('\n')
}
