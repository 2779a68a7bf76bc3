// Answers the operations on hooks.
import type { hooks as said } from '../../contract/native/hooks.ts'
import type { Input, Output } from '../../contract/operation.ts'
import type { Gateway, HookView, HookWish } from '../../gateway/gateway.ts'
import { mask, maskHeaders } from '../../model/mask.ts'
import type { Handlers } from '../surface.ts'

type Change = Input<typeof said.updateHook>

/** What the fields of the wire ask for; fields that are absent ask for nothing. */
function wishFrom(sent: Change): Partial<HookWish> & { id: string } {
  const { allow_insecure: allowInsecure, retry, disabled_reason: _reason, breaker: _breaker, ...alike } = sent
  return {
    ...alike,
    ...(allowInsecure !== undefined && { allowInsecure }),
    ...(retry !== undefined && { retry: retry && { delaysS: retry.delays, giveUpAfterS: retry.give_up_after } }),
  }
}

function toWire({ hook, breaker }: HookView): Output<typeof said.getHook> {
  const { id, name, url, method, active, description, order, raw, media, format } = hook
  return {
    id,
    name,
    url,
    method,
    headers: maskHeaders(hook.headers),
    active,
    events: [...hook.events],
    description,
    allow_insecure: hook.allowInsecure,
    secret: mask(hook.secret),
    accounts: [...hook.accounts],
    chats: [...hook.chats],
    order,
    retry: hook.retry && { delays: [...hook.retry.delaysS], give_up_after: hook.retry.giveUpAfterS },
    raw,
    media,
    format,
    disabled_reason: hook.disabledReason,
    breaker,
  }
}

export const hooks: Handlers<Gateway, typeof said> = {
  listHooks: ({ app }) => app.hooks.list().map(toWire),
  getHook: ({ app }, { id }) => toWire(app.hooks.get(id)),
  async addHook({ app }, sent) {
    const hook = await app.hooks.add({ ...wishFrom(sent), url: sent.url })
    return { status: 'ok', hook_id: hook.id, secret: hook.secret }
  },
  async updateHook({ app }, sent) {
    const hook = await app.hooks.update(wishFrom(sent))
    return { status: 'ok', hook_id: hook.id }
  },
  async removeHook({ app }, { id }) {
    await app.hooks.remove(id)
    return { status: 'ok' }
  },
  async testHook({ app }, { id }) {
    const result = await app.hooks.test(id)
    return {
      status: result.delivered ? 'ok' : 'failed',
      hook_id: id,
      http_status: result.status,
      took_ms: result.tookMs,
      error: result.error,
      answer: result.answer,
    }
  },
}
