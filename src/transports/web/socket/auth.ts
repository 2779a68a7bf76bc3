// The identity of a linked device and its Signal keys, read from and written to the session's store.
import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys'
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

function keyStore(lib: Library, session: SessionStoreOf, failed: (error: unknown) => void): SignalKeyStore {
  const { BufferJSON, proto } = lib
  return {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {}
      for (const [id, text] of await session.get(type, ids)) {
        const value = JSON.parse(text, BufferJSON.reviver)
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
      if (keys.length === 0) return
      try {
        await session.put({ keys })
      } catch (error) {
        failed(error)
        throw error
      }
    },
  }
}
