// Files that came with messages, in memory: what is known of each, and what became of fetching it.
import type { MediaDraft, MediaFile } from '../../model/media.ts'
import type { MediaStore } from '../store.ts'
import type { State } from './state.ts'

/** Makes the row of a file that came with an event; an id that is there already keeps its row. */
export function addMedia(state: State, file: MediaDraft, of: { event: number; account: string; at: number }): void {
  if (state.media.has(file.id)) return
  const { event, account, at } = of
  const waits = {
    state: 'waiting',
    reason: null,
    told: null,
    tries: 0,
    dueAt: at,
    createdAt: at,
    readyAt: null,
  } as const
  state.media.set(file.id, { ...file, account, event, ...waits })
}

export function mediaStore({ media }: State): MediaStore {
  /** Those that `isMeant` takes, by a time of theirs; of the same time as they came. */
  const byTime = (isMeant: (file: MediaFile) => boolean, time: (file: MediaFile) => number | null): MediaFile[] =>
    [...media.values()].filter(isMeant).sort((a, b) => (time(a) ?? 0) - (time(b) ?? 0))
  return {
    get: async (id) => media.get(id) ?? null,
    ofEvent: async (event) => media.values().find((file) => file.event === event) ?? null,
    async change(id, change) {
      const file = media.get(id)
      if (file) media.set(id, { ...file, ...change })
    },
    async tell(id, told) {
      const file = media.get(id)
      if (!file) return told
      const holds = file.told ?? told
      media.set(id, { ...file, told: holds })
      return holds
    },
    waiting: async (limit) =>
      byTime(
        (file) => file.state === 'waiting',
        (file) => file.dueAt,
      ).slice(0, limit),
    kept: async (before, limit) =>
      byTime(
        ({ state, readyAt }) => state === 'ready' && readyAt !== null && readyAt < before,
        (file) => file.readyAt,
      ).slice(0, limit),
    ofAccount: async (account, limit) =>
      media
        .values()
        .filter((file) => file.account === account)
        .take(limit)
        .toArray(),
    async forget(ids) {
      for (const id of ids) media.delete(id)
    },
    async prune(before, limit) {
      const isOver = ({ state, createdAt }: MediaFile) => state !== 'waiting' && state !== 'ready' && createdAt < before
      const over = byTime(isOver, (file) => file.createdAt).slice(0, limit)
      for (const { id } of over) media.delete(id)
      return over.length
    },
  }
}
