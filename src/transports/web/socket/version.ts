// The version of WhatsApp Web that we say we are: one that is known to work, or the one of today when that is too old.
import type { WAVersion } from 'baileys'
import { request } from 'undici'
import type { Log } from '../../../kit/log.ts'
import type { Endpoint, Renewal } from '../port.ts'
import { dispatcherFor, type ProxyWay } from './ways.ts'

/** Of the library. WhatsApp turns away old ones with 405. */
const BUILT_IN: WAVersion = [2, 3000, 1043857760]
/** What WhatsApp Web's own page loads first; it names the revision that browsers are given today. */
const PAGE = '/sw.js'
const REVISION = /\\?"client_revision\\?":\s*(\d{6,12})\b/
const MOST_BYTES = 4 * 1024 * 1024
const WITHIN_MS = 15_000
/** The page is for browsers: others are answered something else. */
const HEADERS = {
  'sec-fetch-site': 'none',
  'user-agent':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
}

export interface Versions {
  current(): WAVersion
  /**
   * Asks WhatsApp itself, and nobody else; what it says holds for this process. It is not asked when another account has
   * learned of another version since that one was said. Never fails.
   */
  renew(wish: {
    readonly refused: number | undefined
    readonly proxy: ProxyWay | null
    readonly log: Log
  }): Promise<Renewal>
}

export function createVersions(endpoint: Pick<Endpoint, 'url'>): Versions {
  const page = new URL(PAGE, endpoint.url.replace(/^ws/, 'http'))
  let current = BUILT_IN
  return {
    current: () => current,
    async renew({ refused = current[2], proxy, log }) {
      if (refused !== current[2]) return 'newer'
      try {
        const revision = revisionIn(await readPage(page, proxy))
        if (revision === refused) return 'same'
        current = [BUILT_IN[0], BUILT_IN[1], revision]
        log.warn('WhatsApp has another version of its client today', { version: current.join('.') })
        return 'newer'
      } catch (cause) {
        log.warn("WhatsApp's version of today could not be learned", { cause })
        return 'unknown'
      }
    },
  }
}

/** It follows no redirection: who sends elsewhere is not WhatsApp. */
async function readPage(page: URL, proxy: ProxyWay | null): Promise<string> {
  const dispatcher = dispatcherFor(null, proxy)
  try {
    const { statusCode, body } = await request(page, {
      dispatcher,
      headers: HEADERS,
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    if (statusCode !== 200) throw new Error(`The page was answered with ${statusCode}`)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > MOST_BYTES) throw new Error('The page is too large')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    await dispatcher.destroy()
  }
}

function revisionIn(text: string): number {
  const found = REVISION.exec(text)?.[1]
  if (found === undefined) throw new Error('The page names no revision')
  return Number(found)
}
