// The sandbox's simulated WhatsApp: runs in a thread of its own, and is driven over the control API as anybody drives it.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Failure } from '../../model/failure.ts'

/** What the thread is given. */
export interface WhatsAppThread {
  /** The file that says whom to believe; written before the first word. */
  readonly trust: string
}

/** The first word of the thread. */
export interface WhatsAppPlace {
  /** `ws://127.0.0.1:40123/ws/chat` */
  readonly url: string
  /** `http://127.0.0.1:40123/_control` */
  readonly control: string
}

export interface SimulatedWhatsApp extends WhatsAppPlace, WhatsAppThread {
  /** A call of the control API, such as `phones/15550000001/scans`. Fails with an Error that says what was wrong. */
  tell(path: string, body: Readonly<Record<string, unknown>>): Promise<void>
}

/**
 * Begins to load it: half a second in which the server starts beside it. `ready` rejects with a Failure when it cannot
 * start; when it breaks later, the process ends with the reason.
 */
export function startSimulatedWhatsApp(folder: string): {
  readonly ready: Promise<SimulatedWhatsApp>
  close(): Promise<unknown>
} {
  const workerData: WhatsAppThread = { trust: join(folder, 'whatsapp-trust.json') }
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const worker = new Worker(new URL(`./whatsapp-thread${extension}`, import.meta.url), { workerData })
  const ready = firstWord(worker).then((place) => ({ ...workerData, ...place, tell: tellAt(place.control) }))
  // Whoever waits for it is told; it may break before anybody does.
  ready.catch(() => {})
  return { ready, close: () => worker.terminate() }
}

async function firstWord(worker: Worker): Promise<WhatsAppPlace> {
  try {
    const [place] = (await once(worker, 'message')) as [WhatsAppPlace]
    worker.on('error', (cause) => {
      console.error(`\nThe simulated WhatsApp broke: ${cause}`)
      process.exit(1)
    })
    return place
  } catch (cause) {
    throw new Failure('unavailable', `The simulated WhatsApp did not start: ${(cause as Error).message}`, { cause })
  }
}

function tellAt(control: string): SimulatedWhatsApp['tell'] {
  return async (path, body) => {
    const response = await fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify(body) })
    const { error } = (await response.json()) as { error?: string }
    if (!response.ok) throw new Error(`the simulated WhatsApp refused ${path}: ${error}`)
  }
}
