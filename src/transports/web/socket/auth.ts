// The identity of a linked device and its Signal keys, read from and written to the session's store.
import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys'
import { createLru } from '../../../kit/lru.ts'
import type { SessionStoreOf } from '../../transport.ts'
import type { Library } from './library.ts'

export interface Auth {
  readonly creds: AuthenticationCreds
  readonly keys: SignalKeyStore
  /** Writes the credentials as they are now; writings follow each other. Fails when the last one failed. */
  keep(): void
  /** Resolves when all that was to be kept is on disk. */
  kept(): Promise<void>
}

export interface AuthParts {
  readonly lib: Library
  readonly session: SessionStoreOf
  /** Called when something could not be written: nothing that depends on it may go out any more. */
  readonly failed: (error: unknown) => void
}

/**
 * Reads who this device is, or makes a new one. Credentials that name a number without having been linked are what a
 * pairing code left behind that nobody typed: logging in with them would be refused, so they are thrown away.
 */
export async function openAuth({ lib, session, failed }: AuthParts): Promise<Auth> {
  const creds = await readCreds(lib, session)
  let last: Promise<void> = Promise.resolve()
  return {
    creds,
    keys: keyStore(lib, session, failed),
    keep() {
      const credentials = JSON.stringify(creds, lib.BufferJSON.replacer)
      last = last.then(() => session.put({ credentials, keys: [] }))
      last.catch(failed)
    },
    kept: () => last,
  }
}

async function readCreds(lib: Library, session: SessionStoreOf): Promise<AuthenticationCreds> {
  const text = await session.credentials()
  if (text !== null) {
    const creds: AuthenticationCreds = JSON.parse(text, lib.BufferJSON.reviver)
    if (creds.account || !creds.me) return creds
  }
  return lib.initAuthCreds()
}

/** Whether a phone has signed for these credentials: what names a number alone may be of a code that nobody typed. */
export function hasLinked(credentials: string): boolean {
  const creds: unknown = JSON.parse(credentials)
  return typeof creds === 'object' && creds !== null && 'account' in creds && Boolean(creds.account)
}

/** Which device of which number they are of, as WhatsApp knows it (`15550000001:3@s.whatsapp.net`); null: not linked. */
export function deviceOf(credentials: string): string | null {
  if (!hasLinked(credentials)) return null
  const { me }: { me?: { id?: unknown } } = JSON.parse(credentials)
  return typeof me?.id === 'string' ? me.id : null
}

/** How the library writes bytes. */
const HAS_BYTES = /"type":"Buffer"/
/** Sessions and lists of devices that are at hand, as they are on disk: those that the chats of the moment need. */
const HELD = 64
/** What is read at every message, and written by this connection alone. */
const HELD_TYPES: ReadonlySet<string> = new Set(['session', 'device-list', 'tctoken'])

function keyStore(lib: Library, session: SessionStoreOf, failed: (error: unknown) => void): SignalKeyStore {
  const { BufferJSON, proto } = lib
  const held = createLru<string | null>({ most: HELD })
  let writes = 0
  /** Null: it is known that there is none. */
  const texts = async (type: string, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> => {
    if (!HELD_TYPES.has(type)) return session.get(type, ids)
    const found = new Map<string, string | null>()
    const missing = ids.filter((id) => {
      const text = held.get(`${type} ${id}`)
      if (text !== undefined) found.set(id, text)
      return text === undefined
    })
    const before = writes
    const read = missing.length === 0 ? null : await session.get(type, missing)
    for (const id of missing) {
      // What was written meanwhile is newer than what was read.
      const written = held.get(`${type} ${id}`)
      const text = written === undefined ? (read?.get(id) ?? null) : written
      // It may have been written, and not be at hand any more: then this is what it was.
      if (written === undefined && writes === before) held.set(`${type} ${id}`, text)
      found.set(id, text)
    }
    return found
  }
  return {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {}
      for (const [id, text] of await texts(type, ids)) {
        if (text === null) continue
        // Sessions hold no bytes, and are read for every message: looking at each value of theirs takes five times as long.
        const value = HAS_BYTES.test(text) ? JSON.parse(text, BufferJSON.reviver) : JSON.parse(text)
        found[id] = type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value) : value
      }
      return found
    },
    async set(data: SignalDataSet) {
      const keys = Object.entries(data).flatMap(([type, values]) =>
        Object.entries(values).map(([id, value]) => ({
          type,
          id,
          value: value === null || value === undefined ? null : JSON.stringify(value, BufferJSON.replacer),
        })),
      )
      // The library writes again at the end of a message what it used up at its beginning.
      const fresh = keys.filter(({ type, id, value }) => !HELD_TYPES.has(type) || held.get(`${type} ${id}`) !== value)
      if (fresh.length === 0) return
      writes += 1
      // Now, as whoever reads next has to find it. Should it not come to disk, this connection is over, and what is held with it.
      for (const { type, id, value } of fresh) if (HELD_TYPES.has(type)) held.set(`${type} ${id}`, value)
      try {
        await session.put({ keys: fresh })
      } catch (error) {
        failed(error)
        throw error
      }
    },
  }
}
