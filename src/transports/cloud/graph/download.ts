// Opens a file at the address that Graph gave for it; whoever takes it sets the pace.
import type { Agent, Dispatcher } from 'undici'
import { FetchError } from '../../transport.ts'
import { strike } from './answer.ts'
import { mayHaveToken } from './hosts.ts'
import { reasonOf } from './trouble.ts'

/** A file that is open, or why it is not. */
export type Download =
  /** `bytes` can be read once, and must be, or be ended; fails with FetchError when the connection breaks. */
  | { readonly ok: true; readonly bytes: AsyncGenerator<Uint8Array> }
  /** `status` null: nobody answered. `passing`: trying again later can help. */
  | { readonly ok: false; readonly status: number | null; readonly passing: boolean; readonly reason: string }

export interface Address {
  readonly url: string
  /** Where Graph itself lives. */
  readonly graphUrl: URL
  readonly accessToken: string
  /** Struck out of every text. */
  readonly secrets: readonly string[]
}

/** Without one, and with that of some programs, Meta answers a page in place of the file. */
const USER_AGENT = 'Mozilla/5.0 (compatible; WhatsHooked)'

/** Redirects are not followed: the token goes to the address that Graph named, and nowhere else. */
export async function downloadFrom(agent: Agent, { url, graphUrl, accessToken, secrets }: Address): Promise<Download> {
  const address = URL.parse(url)
  if (address === null || !mayHaveToken(address, graphUrl)) {
    const host = address === null ? 'none' : address.host
    return refusal(null, `Graph gave an address that is not Meta's (${host}), which the token is not sent to`, false)
  }
  try {
    const answer = await agent.request({
      origin: address.origin,
      path: `${address.pathname}${address.search}`,
      method: 'GET',
      headers: { authorization: `Bearer ${accessToken}`, 'user-agent': USER_AGENT, accept: '*/*' },
    })
    if (answer.statusCode === 200) return { ok: true, bytes: bytesOf(answer.body, secrets) }
    // A little is read, so that the connection can be used again.
    await answer.body.dump({ limit: 64 * 1024 }).catch(() => {})
    return refusedWith(answer.statusCode)
  } catch (error) {
    return refusal(null, `the file's address could not be reached: ${strike(reasonOf(error), secrets)}`, true)
  }
}

async function* bytesOf(body: Dispatcher.ResponseData['body'], secrets: readonly string[]): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw new FetchError(`The connection broke while the file came: ${strike(reasonOf(error), secrets)}`, true)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    body.destroy()
  }
}

function refusedWith(status: number): Download {
  if (status >= 300 && status < 400)
    return refusal(status, `the file's address answered a redirect (${status}), which is never followed`, false)
  const isPassing = status >= 500 || status === 429 || status === 408 || status === 404
  return refusal(status, `the file's address answered ${status}`, isPassing)
}

function refusal(status: number | null, reason: string, passing: boolean): Download {
  return { ok: false, status, passing, reason }
}
