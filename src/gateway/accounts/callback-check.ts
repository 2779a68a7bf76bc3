// Whether Meta can reach an account's callback address: asks the question that Meta asks, from here.
import { randomInt } from 'node:crypto'
import { Agent, request } from 'undici'
import type { Account } from '../../model/account.ts'
import type { Finding } from '../../model/finding.ts'

const TIMEOUT_MS = 5_000
/** What is read of an answer, bytes; a challenge comes back in ten. */
const MOST_ANSWER = 4096
const SETTING = 'WHATSHOOKED_PUBLIC_URL'

/**
 * Goes to the public address that the owner of this server has set, and nowhere else: no guard stands before it, since
 * it may well resolve to the inside from here. `url` null: it was not set. Null: the account has no callback.
 */
export async function checkCallback(account: Account, url: string | null): Promise<Finding | null> {
  if (!account.cloud) return null
  if (url === null)
    return finding(
      'skipped',
      'The public address of this server is not set, so its callback was not tried',
      `Set ${SETTING} to the https address under which Meta reaches this server`,
    )
  if (account.disabled)
    return finding(
      'skipped',
      'The account is disabled, and its callback answers only when it is not',
      'Enable the account',
    )
  const problem = await asked(url, account.cloud.verifyToken)
  if (problem !== null) return finding('problem', `${url} ${problem.says}`, problem.fix)
  if (new URL(url).protocol === 'https:') return finding('ok', `${url} answers Meta's question as it should`, null)
  return finding(
    'warning',
    `${url} answers, but Meta calls only https addresses with a valid certificate`,
    `Put a proxy with a certificate before this server, and set ${SETTING} to its https address`,
  )
}

interface Problem {
  readonly says: string
  readonly fix: string
}

const WAY = `the proxy, tunnel or DNS name that ${SETTING} stands for must lead to this server`

async function asked(url: string, verifyToken: string): Promise<Problem | null> {
  const challenge = String(randomInt(1_000_000_000, 2_000_000_000))
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': verifyToken,
    'hub.challenge': challenge,
  })
  const agent = new Agent({ allowH2: false })
  try {
    const answer = await request(`${url}?${query}`, { dispatcher: agent, signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await beginningOf(answer.body)
    return problemOf(answer.statusCode, text.trim() === challenge)
  } catch (thrown) {
    return { says: `cannot be reached from here (${codeOf(thrown)})`, fix: `Look at the way in: ${WAY}` }
  } finally {
    await agent.destroy()
  }
}

function problemOf(status: number, echoed: boolean): Problem | null {
  if (status === 200 && echoed) return null
  if (status >= 300 && status < 400)
    return {
      says: `answers ${status}, a redirect, which Meta does not follow`,
      fix: `Set ${SETTING} to where it leads`,
    }
  if (status === 403)
    return {
      says: 'answers 403: whoever answers there does not know this verify token',
      fix: `Look at the way in: ${WAY}`,
    }
  if (status === 200) return { says: 'answers 200, but not with the challenge', fix: `Look at the way in: ${WAY}` }
  return { says: `answers ${status}`, fix: `Look at the way in: ${WAY}` }
}

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MOST_ANSWER) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0])
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no HTTP'
}

function finding(result: Finding['result'], says: string, fix: string | null): Finding {
  return { check: 'callback', result, says, fix }
}
