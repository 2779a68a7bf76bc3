// A flow as Graph shows it, with its preview.
import { newAppSecret } from '../../ids.ts'
import type { Flow } from '../../managed.ts'
import { needAccount, type World } from '../../world.ts'
import { type Node, selectFields } from '../fields.ts'
import { validateFlow } from './flow-json.ts'

const usual = ['id', 'name', 'status', 'categories', 'validation_errors']
const previewLife = 30 * 24 * 60 * 60 * 1000

/** A flow cut to `fields`; `preview.invalidate(true)` makes a new preview link. */
export function flowFields(world: World, flow: Flow, fields: unknown): Record<string, unknown> {
  if (typeof fields === 'string' && /preview\.invalidate\(true\)/.test(fields)) flow.previewToken = newAppSecret()
  return selectFields(nodeOf(world, flow), fields)
}

function nodeOf(world: World, flow: Flow): Node {
  const { id, name, status, categories, problems } = flow
  const checked = flow.json === undefined ? undefined : validateFlow(flow.json)
  const account = needAccount(world.state, flow.accountId)
  const endpoint = flow.endpointUri ?? checked?.dataChannelUri
  const fields: Node['fields'] = {
    id: () => id,
    name: () => name,
    status: () => status,
    categories: () => categories,
    validation_errors: () => problems,
    json_version: () => checked?.version,
    data_api_version: () => checked?.dataApiVersion,
    endpoint_uri: () => endpoint,
    data_channel_uri: () => endpoint,
    preview: () => ({
      preview_url: `https://business.facebook.com/wa/manage/flows/${id}/preview/?token=${flow.previewToken}`,
      expires_at: new Date(world.now() + previewLife).toISOString().replace(/\.\d+Z$/, '+0000'),
    }),
    whatsapp_business_account: () => ({
      id: account.id,
      name: account.name,
      timezone_id: '1',
      message_template_namespace: account.namespace,
    }),
    application: () => ({
      link: `https://www.facebook.com/games/?app_id=${flow.appId}`,
      name: world.state.apps.get(flow.appId)?.name ?? '',
      id: flow.appId,
    }),
    health_status: () => healthOf(flow, account.ownerId),
  }
  return { type: 'WhatsAppFlow', fields, defaults: usual }
}

function healthOf(flow: Flow, businessId: string): Record<string, unknown> {
  const verdict = flow.status === 'BLOCKED' ? 'BLOCKED' : flow.status === 'THROTTLED' ? 'LIMITED' : 'AVAILABLE'
  return {
    can_send_message: verdict,
    entities: [
      { entity_type: 'FLOW', id: flow.id, can_send_message: verdict },
      { entity_type: 'WABA', id: flow.accountId, can_send_message: 'AVAILABLE' },
      { entity_type: 'BUSINESS', id: businessId, can_send_message: 'AVAILABLE' },
      { entity_type: 'APP', id: flow.appId, can_send_message: 'AVAILABLE' },
    ],
  }
}
