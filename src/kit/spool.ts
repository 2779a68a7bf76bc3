// Files that do not fit into memory: written as they come, hashed on the way, put in place in one step.
import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from './id.ts'

/** A file that is complete and not yet anybody's. */
export interface Spooled {
  /** Where it lies, until `keep` or `drop`. */
  readonly path: string
  readonly size: number
  /** Hex. */
  readonly sha256: string
  /** Flushes it to disk and gives it this name in the folder. Fails when the disk does. */
  keep(name: string): Promise<void>
  /** Deletes it; nothing when it was kept or dropped before. */
  drop(): Promise<void>
}

/** A file that is being written. Writes must follow one another. */
export interface Spooling {
  readonly size: number
  write(chunk: Uint8Array): Promise<void>
  end(): Promise<Spooled>
  /** Gives up and deletes what was written. */
  abort(): Promise<void>
}

/** A folder of files with names of ours (`[A-Za-z0-9_-]+`): nothing that a caller sent ever becomes a path. */
export interface Folder {
  create(): Promise<Spooling>
  /** Null when there is none. */
  size(name: string): Promise<number | null>
  /** `range` holds first and last byte, both included. */
  read(name: string, range?: { start: number; end: number }): ReadStream
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
    read: (name, range) => createReadStream(place(name), range ?? {}),
    path: place,
    remove: (name) => rm(place(name), { force: true }),
    names: async () => (await readdir(path)).filter((name) => NAME.test(name)),
  }
}

async function spool(folder: string, now: () => number): Promise<Spooling> {
  const path = join(folder, `${newId('spool', now())}${PART}`)
  const file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let size = 0
  const drop = (): Promise<void> => rm(path, { force: true })
  return {
    get size() {
      return size
    },
    async write(chunk) {
      hash.update(chunk)
      size += chunk.length
      await file.writeFile(chunk)
    },
    async end() {
      await file.datasync()
      await file.close()
      const keep = async (name: string): Promise<void> => {
        if (!NAME.test(name)) throw new Error(`"${name}" is no name of a file here`)
        await rename(path, join(folder, name))
        const directory = await open(folder, 'r')
        await directory.datasync().finally(() => directory.close())
      }
      return { path, size, sha256: hash.digest('hex'), keep, drop }
    },
    async abort() {
      await file.close()
      await drop()
    },
  }
}
