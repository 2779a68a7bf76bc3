// Templates made, edited and deleted over Graph.
import { newObjectId } from '../../ids.ts'
import type { Template } from '../../managed.ts'
import type { Account } from '../../state.ts'
import type { World } from '../../world.ts'
import { GraphError, parameterError } from '../graph-error.ts'
import { startReview, tellDeleted } from './changes.ts'
import { checkedComponents } from './component-check.ts'
import { checkFlowButtons } from './flow-button.ts'
import { isLanguage } from './languages.ts'
import { refusal } from './refusal.ts'

const hour = 60 * 60 * 1000
const blockedFor = 30 * 24 * hour
const perHour = 100
const categories = ['AUTHENTICATION', 'MARKETING', 'UTILITY'] as const
const formats = ['POSITIONAL', 'NAMED'] as const

/** `POST /{waba_id}/message_templates`: answers id, status and category of the new template. */
export function createTemplate(
  world: World,
  account: Account,
  params: Record<string, unknown>,
): Record<string, unknown> {
  const name = nameOf(params.name)
  const language = languageOf(params.language)
  const category = enumOf(params, 'category', categories)
  const parameterFormat =
    params.parameter_format === undefined ? 'POSITIONAL' : enumOf(params, 'parameter_format', formats)
  const components = checkedComponents(params.components, { category, parameterFormat })
  const ttl = ttlOf(params.message_send_ttl_seconds)
  checkFlowButtons(world, account, components)
  checkFree(world, account, { name, language })
  countCreation(world, account)
  const now = world.now()
  const template: Template = {
    ...{ id: newObjectId(), accountId: account.id, name, language, category, status: 'PENDING' },
    ...{ rejectedReason: 'NONE', quality: 'UNKNOWN', qualityAt: now, parameterFormat, components, changedAt: now },
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
  }
  world.state.managed.templates.set(template.id, template)
  startReview(world, template)
  return { id: template.id, status: template.status, category }
}

/** `POST /{template_id}`: new components or category; the template goes to review again. */
export function editTemplate(world: World, template: Template, params: Record<string, unknown>): { success: true } {
  const { components, message_send_ttl_seconds: ttl } = params
  if (template.status === 'PENDING' || template.status === 'DISABLED') {
    throw parameterError(`A template with status ${template.status} cannot be edited.`)
  }
  const category = params.category === undefined ? template.category : enumOf(params, 'category', categories)
  if (category !== template.category && template.status === 'APPROVED') {
    throw parameterError('The category of an approved template cannot be changed.')
  }
  const parameterFormat =
    params.parameter_format === undefined ? template.parameterFormat : enumOf(params, 'parameter_format', formats)
  if ([components, ttl, params.category].every((each) => each === undefined)) {
    throw parameterError('The parameter components is required.')
  }
  const checked = components === undefined ? undefined : checkedComponents(components, { category, parameterFormat })
  const ttlSeconds = ttlOf(ttl)
  Object.assign(template, {
    ...{ category, parameterFormat, status: 'PENDING', rejectedReason: 'NONE', changedAt: world.now() },
    ...(checked === undefined ? {} : { components: checked }),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  })
  startReview(world, template)
  return { success: true }
}

/** `DELETE …?name=` takes every language of a name, `?hsm_id=&name=` exactly one; none there is 2593002. */
export function deleteTemplates(world: World, account: Account, params: Record<string, unknown>): { success: true } {
  const { name, hsm_id: id } = params
  if (typeof name !== 'string' || name === '') throw parameterError('The parameter name is required.')
  const { templates, blockedTemplates } = world.state.managed
  const found = [...templates.values()].filter(
    (each) => each.accountId === account.id && each.name === name && (id === undefined || each.id === String(id)),
  )
  if (found.length === 0) throw notFound(id === undefined ? name : `${name} (${String(id)})`)
  for (const template of found) {
    templates.delete(template.id)
    // What was never approved leaves its name free.
    const wasApproved = template.status !== 'PENDING' && template.status !== 'REJECTED'
    if (wasApproved) blockedTemplates.set(blockKey(account, template), world.now() + blockedFor)
    tellDeleted(world, template)
  }
  return { success: true }
}

function notFound(name: string): GraphError {
  return new GraphError('Invalid parameter', {
    ...{ code: 100, subcode: 2593002, transient: false, userTitle: 'Message Template Not Found' },
    userMessage: `There is no message template ${name} in this account.`,
  })
}

type Key = { name: string; language: string }

function blockKey(account: Account, { name, language }: Key): string {
  return `${account.id} ${name} ${language}`
}

function checkFree(world: World, account: Account, key: Key): void {
  const { templates, blockedTemplates } = world.state.managed
  const isTaken = [...templates.values()].some(
    (each) => each.accountId === account.id && each.name === key.name && each.language === key.language,
  )
  if (isTaken) {
    throw refusal(
      2388024,
      'Content in this language already exists',
      `There is ${key.language} content for this template already. Make a new template, or edit that one.`,
    )
  }
  if ((blockedTemplates.get(blockKey(account, key)) ?? 0) > world.now()) {
    throw refusal(
      2388023,
      'Message template language is being deleted',
      `New ${key.language} content cannot be added while the old one is being deleted. Try again in 4 weeks, or use another name.`,
    )
  }
}

function countCreation(world: World, account: Account): void {
  const { templateTimes } = world.state.managed
  const now = world.now()
  const recent = (templateTimes.get(account.id) ?? []).filter((at) => at > now - hour)
  if (recent.length >= perHour) {
    throw refusal(
      2388019,
      'Message template limit exceeded',
      `This account made ${perHour} templates within an hour. Try again later.`,
    )
  }
  templateTimes.set(account.id, [...recent, now])
}

function nameOf(name: unknown): string {
  if (name === undefined || name === null || name === '') throw parameterError('The parameter name is required.')
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    throw parameterError('Param name must be 1 to 512 lower-case letters, digits and underscores.')
  }
  return name
}

function languageOf(language: unknown): string {
  if (language === undefined || language === null || language === '') {
    throw parameterError('The parameter language is required.')
  }
  if (typeof language !== 'string' || !isLanguage(language)) {
    throw parameterError(`Param language is not a language of templates - got "${String(language)}".`)
  }
  return language
}

function enumOf<T extends string>(params: Record<string, unknown>, name: string, known: readonly T[]): T {
  const value = params[name]
  if (value === undefined || value === null || value === '') throw parameterError(`The parameter ${name} is required.`)
  const found = known.find((each) => each === String(value).toUpperCase())
  if (found !== undefined) return found
  throw parameterError(`Param ${name} must be one of {${known.join(', ')}} - got "${String(value)}".`)
}

function ttlOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const seconds = Number(value)
  if (!Number.isInteger(seconds) || (seconds !== -1 && (seconds < 30 || seconds > 43_200))) {
    throw parameterError('Param message_send_ttl_seconds must be -1 or an integer from 30 to 43200.')
  }
  return seconds
}
