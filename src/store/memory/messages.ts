// Messages in memory: their status, their history, and the keys that callers send them with.
import type { MessageStatus } from '../../model/message.ts'
import { advances } from '../../model/message.ts'
import { inHistoryOrder } from '../history.ts'
import type { Idempotency, MessageStore } from '../store.ts'
import { exists } from './records.ts'
import type { MessageState, State } from './state.ts'

export function messageStore(state: State): MessageStore {
  const used = new Map<string, Idempotency & { readonly message: string; readonly at: number }>()
  const isOpen = (status: MessageStatus): boolean => status === 'queued' || status === 'sending'
  const isLost = (status: MessageStatus): boolean => status === 'sending' || status === 'unknown'
  const find = (id: string): MessageState | undefined =>
    state.messages.get(id) ?? [...state.messages.values()].findLast((kept) => kept.message.transportId === id)
  return {
    async begin(message, idempotency) {
      const known = idempotency && used.get(idempotency.key)
      const earlier = known && state.messages.get(known.message)
      if (earlier)
        return { message: earlier.message, fresh: false, sameBody: known.fingerprint === idempotency?.fingerprint }
      if (state.messages.has(message.id)) throw exists(`a message with the id ${message.id}`)
      const whole = { ...message, transportId: null, publicId: null, error: null }
      const { id, status, createdAt: at } = message
      state.messages.set(id, { message: whole, ticks: [{ status, recipient: '', at, error: null }] })
      if (idempotency) used.set(idempotency.key, { ...idempotency, message: id, at })
      return { message: whole, fresh: true, sameBody: true }
    },
    async mark(id, { status, at, error }) {
      const kept = state.messages.get(id)
      if (!kept || !advances(kept.message.status, status)) return
      kept.message = { ...kept.message, status, error }
      if (!kept.ticks.some((tick) => tick.status === status && tick.recipient === ''))
        kept.ticks.push({ status, recipient: '', at, error })
    },
    async name(id, publicId) {
      const kept = state.messages.get(id)
      if (kept) kept.message = { ...kept.message, publicId: kept.message.publicId ?? publicId }
    },
    async rewrite(id, content) {
      const kept = state.messages.get(id)
      if (kept?.message.status === 'queued') kept.message = { ...kept.message, content }
    },
    async get(id) {
      const kept = find(id)
      return kept ? { message: kept.message, ticks: kept.ticks.toSorted(inHistoryOrder) } : null
    },
    many: async (ids) => ids.flatMap((id) => state.messages.get(id)?.message ?? []),
    unsettled: async () =>
      [...state.messages.values()]
        .map((kept) => kept.message)
        .filter((message) => isOpen(message.status))
        .sort((a, b) => a.createdAt - b.createdAt),
    async lost(account, limit) {
      const open = [...state.messages.values()].map((kept) => kept.message)
      return open
        .filter((one) => one.account === account && one.transportId === null && isLost(one.status))
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit)
    },
    async prune(before, keysBefore, limit) {
      for (const [key, { at }] of used) {
        if (at < (key.startsWith('reply:') ? Math.min(before, keysBefore) : keysBefore)) used.delete(key)
      }
      const old = [...state.messages.values()].filter(
        ({ message }) => message.content !== '' && message.createdAt < before && !isOpen(message.status),
      )
      for (const kept of old.slice(0, limit)) kept.message = { ...kept.message, content: '' }
      return Math.min(old.length, limit)
    },
  }
}
