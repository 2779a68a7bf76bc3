// The one door to the client library: loaded when the first connection is opened, repaired first, and put to the test.
import { muteLibrary } from './console.ts'
import type { Library } from './library.ts'
import { checkSignatures } from './self-test.ts'
import { repairCurve, repairSignal, withBoundedInflate } from './shims.ts'
import { watchTimers } from './timers.ts'
import { keepContexts } from './turns.ts'

let loading: Promise<Library> | null = null
/** Whom this process believes: a key as base64, or WhatsApp itself. */
let believed: string | null = null

/** The library, safe to use. Fails when it takes a wrong signature for right. */
export function loadLibrary(): Promise<Library> {
  loading ??= load()
  return loading
}

async function load(): Promise<Library> {
  muteLibrary()
  watchTimers()
  await repairSignal()
  keepContexts()
  const lib = await withBoundedInflate(() => import('baileys'))
  repairCurve(lib)
  try {
    checkSignatures(lib)
  } catch (error) {
    throw unsafe(error)
  }
  return lib
}

/** As the library marks what makes a connection unsafe (400): trying again does not help. */
function unsafe(error: unknown): unknown {
  return error instanceof Error ? Object.assign(error, { output: { statusCode: 400 } }) : error
}

/**
 * Says which key WhatsApp's certificates have to end in; null: WhatsApp's own. It holds for the whole process, since
 * the library knows one: fails when another one was set before.
 */
export function trustRoot(lib: Library, key: Uint8Array | null): void {
  const wanted = key === null ? 'WhatsApp' : Buffer.from(key).toString('base64')
  if (believed !== null && believed !== wanted)
    throw unsafe(new Error('This process believes another WhatsApp already'))
  believed = wanted
  if (key !== null) lib.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(key)
}
