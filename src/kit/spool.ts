// Files that do not fit into memory: written as they come, hashed on the way, put in place in one step.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { newId } from './id.ts'
import { createTidier } from './tidy.ts'

/** Files leave dead buffers of their own size behind. */
const tidy = createTidier(8 * 1024 * 1024)

/** A file that is complete and not yet anybody's. */
export interface Spooled {
  /** Where it lies, until `keep` or `drop`. */
  readonly path: string
  readonly size: number
  /** Hex. */
  readonly sha256: string
  /** Flushes it to disk and gives it this name in the folder; only once. Fails when the disk does, and may then be dropped. */
  keep(name: string): Promise<void>
  /** Deletes it; nothing when it was kept or dropped before. */
  drop(): Promise<void>
}

/** A file that is being written. Writes must follow one another. */
export interface Spooling {
  readonly size: number
  write(chunk: Uint8Array): Promise<void>
  /** Ends it; what it gives is to be kept or dropped. */
  end(): Promise<Spooled>
  /** Gives up and deletes what was written; nothing after `end`. */
  abort(): Promise<void>
}

/** A folder of files with names of ours (`[A-Za-z0-9_-]+`): nothing that a caller sent ever becomes a path. */
export interface Folder {
  create(): Promise<Spooling>
  /** Null when there is none. */
  size(name: string): Promise<number | null>
  /** `range` holds first and last byte, both included. */
  read(name: string, range?: { start: number; end: number }): Readable
  /** Where a file lies, for readers that need its path. */
  path(name: string): string
  remove(name: string): Promise<void>
  names(): Promise<string[]>
}

const NAME = /^[A-Za-z0-9_-]{1,100}$/
const PART = '.part'

/** Opens a folder, makes it where it is not there, and deletes what a crash left half written. */
export async function openFolder(path: string, now: () => number): Promise<Folder> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  for (const left of await readdir(path)) if (left.endsWith(PART)) await rm(join(path, left), { force: true })
  const place = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`"${name}" is no name of a file here`)
    return join(path, name)
  }
  return {
    create: () => spool(path, now),
    size: (name) =>
      stat(place(name)).then(
        (found) => found.size,
        () => null,
      ),
    read: (name, range) => tidily(createReadStream(place(name), range ?? {})),
    path: place,
    remove: (name) => rm(place(name), { force: true }),
    names: async () => (await readdir(path)).filter((name) => NAME.test(name)),
  }
}

/** The same bytes, counted for what they leave behind. */
export function tidily(stream: Readable): Readable {
  return Readable.from(counted(stream), { objectMode: false })
}

async function* counted(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    tidy(chunk.length)
    yield chunk
  }
}

async function spool(folder: string, now: () => number): Promise<Spooling> {
  const path = join(folder, `${newId('spool', now())}${PART}`)
  const file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let size = 0
  let ended = false
  return {
    get size() {
      return size
    },
    async write(chunk) {
      await file.writeFile(chunk)
      hash.update(chunk)
      size += chunk.length
      tidy(chunk.length)
    },
    async end() {
      ended = true
      try {
        await file.close()
      } catch (thrown) {
        await rm(path, { force: true })
        throw thrown
      }
      return spooled(folder, { path, size, sha256: hash.digest('hex') })
    },
    async abort() {
      if (ended) return
      ended = true
      // Closing waits for a write that is still running.
      await file.close().finally(() => rm(path, { force: true }))
    },
  }
}

function spooled(folder: string, about: Pick<Spooled, 'path' | 'size' | 'sha256'>): Spooled {
  let gone = false
  return {
    ...about,
    async keep(name) {
      if (!NAME.test(name)) throw new Error(`"${name}" is no name of a file here`)
      if (gone) throw new Error('The file was kept or dropped before')
      gone = true
      try {
        await flush(about.path, 'r+')
        await rename(about.path, join(folder, name))
      } catch (thrown) {
        gone = false
        throw thrown
      }
      // A new name is on disk only when its folder is.
      await flush(folder, 'r')
    },
    async drop() {
      if (gone) return
      gone = true
      await rm(about.path, { force: true })
    },
  }
}

async function flush(path: string, how: 'r' | 'r+'): Promise<void> {
  const opened = await open(path, how)
  await opened.datasync().finally(() => opened.close())
}
