// A server that is watched from within: where it dials, and which names it looks up, in each of its threads.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Child, type Settings, startChild, throwAway } from '../child.ts'
import type { Note } from './dials-watch.ts'

export interface Watched extends Child {
  /** All that it did so far, in its order. */
  notes(): Note[]
  /** Where it went, each place once; empty of `kind` when it did no such thing. */
  places(kind: Note['kind']): string[]
}

/** Starts it with the watch in it. */
export async function startWatched(t: TestContext, settings: Settings): Promise<Watched> {
  const file = join(throwAway(t), 'notes')
  const watch = new URL('./dials-watch.ts', import.meta.url)
  watch.searchParams.set('notes', file)
  const child = await startChild(t, settings, { nodeOptions: `--import=${watch.href}` })
  const notes = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Note)
  return {
    ...child,
    notes,
    places: (kind) => [...new Set(notes().flatMap((note) => (note.kind === kind ? [note.to] : [])))].sort(),
  }
}
