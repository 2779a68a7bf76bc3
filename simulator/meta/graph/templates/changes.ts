// What Meta itself does to templates: reviews them, pauses, disables, rates and recategorises them, and tells of it.
import { tellAccount } from '../../callbacks/callbacks.ts'
import { newObjectId } from '../../ids.ts'
import type { QualityScore, Template, TemplateCategory, TemplateStatus } from '../../managed.ts'
import { needAccount, type World } from '../../world.ts'
import { normalized } from './component-check.ts'

/** What can happen to a template; `FLAGGED` warns that it will be disabled and leaves its status as it is. */
export type TemplateEvent = 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'FLAGGED' | 'REINSTATED' | 'PENDING'

/** What of a template can be changed; each part sends the callback of its own. */
export type TemplateChange = {
  status?: TemplateEvent
  /** Of a rejection, such as `INVALID_FORMAT` or `ABUSIVE_CONTENT` (default); of other events a text. */
  reason?: string
  quality?: QualityScore
  category?: TemplateCategory
}

/** A template that is there from the start; what is left out is made up. */
export type TemplateOptions = {
  /** Digits; made up unless said. */
  id?: string
  /** Account; the first one unless said. */
  wabaId?: string
  name?: string
  /** `en_US` unless said. */
  language?: string
  /** UTILITY unless said. */
  category?: TemplateCategory
  /** As reads show them. Only their types are looked at, so that anything can be staged. */
  components?: readonly Record<string, unknown>[]
  /** APPROVED unless said. */
  status?: TemplateStatus
  quality?: QualityScore
  parameterFormat?: 'POSITIONAL' | 'NAMED'
}

const day = 24 * 60 * 60 * 1000

/** Adds a template without a review and without a callback. Fails with a sentence when name and language are taken. */
export function addTemplate(world: World, options: TemplateOptions = {}): Template {
  const { managed, accounts } = world.state
  const account = needAccount(world.state, options.wabaId ?? [...accounts.keys()][0] ?? '')
  const { name = `template_${managed.templates.size + 1}`, language = 'en_US' } = options
  const isTaken = [...managed.templates.values()].some(
    (each) => each.accountId === account.id && each.name === name && each.language === language,
  )
  if (isTaken) throw new Error(`the account has a template ${name} in ${language} already`)
  const id = options.id ?? newObjectId()
  if (!/^[1-9]\d{0,15}$/.test(id)) throw new Error(`${id} is not the id of a template: up to 16 digits`)
  if (managed.templates.has(id)) throw new Error(`a template has the id ${id} already`)
  const now = world.now()
  const template: Template = {
    ...{ id, accountId: account.id, name, language },
    category: options.category ?? 'UTILITY',
    status: options.status ?? 'APPROVED',
    rejectedReason: 'NONE',
    quality: options.quality ?? 'UNKNOWN',
    qualityAt: now,
    parameterFormat: options.parameterFormat ?? 'POSITIONAL',
    components: normalized(options.components ?? [{ type: 'BODY', text: 'Your order is ready.' }]),
    changedAt: now,
  }
  managed.templates.set(id, template)
  return template
}

/** Lets something happen to a template, and tells of it. Fails with a sentence for an unknown one. */
export function changeTemplate(world: World, id: string, change: TemplateChange): Template {
  const template = world.state.managed.templates.get(id)
  if (!template) throw new Error(`no template has the id ${id}`)
  if (change.status !== undefined) happen(world, template, change.status, change.reason)
  if (change.quality !== undefined) rate(world, template, change.quality)
  if (change.category !== undefined) recategorise(world, template, change.category)
  return template
}

/** Sends a new or edited template to review: it is approved after the set delay, or waits for `changeTemplate`. */
export function startReview(world: World, template: Template): void {
  const { reviewMs } = world.state.managed
  if (reviewMs === null) return
  world.activity.later(reviewMs, () => {
    const isThere = world.state.managed.templates.get(template.id) === template
    if (isThere && template.status === 'PENDING') happen(world, template, 'APPROVED')
  })
}

/** The callback that a template goes away. */
export function tellDeleted(world: World, template: Template): void {
  tellStatus(world, template, { event: 'PENDING_DELETION', reason: 'NONE' })
}

function happen(world: World, template: Template, event: TemplateEvent, reason?: string): void {
  const now = world.now()
  if (event !== 'FLAGGED') template.status = event === 'REINSTATED' ? 'APPROVED' : event
  template.rejectedReason = event === 'REJECTED' ? (reason ?? 'ABUSIVE_CONTENT') : 'NONE'
  template.changedAt = now
  if (event === 'REJECTED') {
    const why = template.rejectedReason
    const info = { reason: 'The template does not keep to the rules.', recommendation: 'Change it and send it again.' }
    tellStatus(world, template, {
      ...{ event, reason: why },
      ...(why === 'INVALID_FORMAT' ? { rejection_info: info } : {}),
    })
    return
  }
  const extra: Partial<Record<TemplateEvent, Record<string, unknown>>> = {
    FLAGGED: { disable_info: { disable_date: Math.floor((now + 2 * day) / 1000) } },
    DISABLED: { disable_info: { disable_date: Math.floor(now / 1000) } },
    PAUSED: { other_info: { title: 'FIRST_PAUSE', description: 'Paused for 3 hours as its quality is low.' } },
  }
  tellStatus(world, template, { event, reason: reason ?? 'NONE', ...extra[event] })
}

function rate(world: World, template: Template, score: QualityScore): void {
  const previous = template.quality
  template.quality = score
  template.qualityAt = world.now()
  const value = { previous_quality_score: previous, new_quality_score: score, ...named(template) }
  tellAccount(world, template.accountId, { field: 'message_template_quality_update', value })
}

function recategorise(world: World, template: Template, category: TemplateCategory): void {
  const previous = template.category
  template.previousCategory = previous
  template.category = category
  template.changedAt = world.now()
  const value = { ...named(template), previous_category: previous, new_category: category }
  tellAccount(world, template.accountId, { field: 'template_category_update', value })
}

type StatusValue = { event: string; reason: string } & Record<string, unknown>

function tellStatus(world: World, template: Template, { event, reason, ...extra }: StatusValue): void {
  const value = { event, ...named(template), reason, message_template_category: template.category, ...extra }
  tellAccount(world, template.accountId, { field: 'message_template_status_update', value })
}

function named({ id, name, language }: Template): Record<string, unknown> {
  return {
    message_template_id: Number(id),
    message_template_name: name,
    message_template_language: language,
  }
}
