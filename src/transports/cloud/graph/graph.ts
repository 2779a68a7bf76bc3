// Calls Meta's Graph API over kept-alive connections, and says of every failure whether the call can have taken effect.
import { createHmac } from 'node:crypto'
import { Agent, Pool } from 'undici'
import { type GraphReply, type RawAnswer, readAnswer } from './answer.ts'
import { type Download, downloadFrom } from './download.ts'
import { exchange } from './exchange.ts'
import { encodeForm, type Form } from './form.ts'

/** As whom a call is made. */
export interface Caller {
  /** `v21.0` */
  readonly apiVersion: string
  readonly accessToken: string
  readonly appSecret: string | null
}

export interface GraphCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the version, already encoded: `106540352242922/messages`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as multipart/form-data, in place of `body`. */
  readonly form?: Form
}

export interface Graph {
  /** Never fails; what went wrong is in the reply. */
  call(caller: Caller, call: GraphCall): Promise<GraphReply>
  /**
   * Opens a file at an address that Graph gave. The token goes along, so that only Meta's hosts and that of Graph itself
   * are asked. Never fails; what went wrong is in the answer.
   */
  download(caller: Caller, url: string): Promise<Download>
  close(): Promise<void>
}

/** Answers beyond this are not Graph's. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** Files on their way to Meta at a time. They have connections of their own, so that no message waits for one. */
const UPLOADS = 32

/**
 * `baseUrl` without the version (`https://graph.facebook.com`); `timeoutMs` is for a whole call, connecting included; a
 * file may take any time while it moves, and stand still for twice that. HTTP/1.1 only, so that one lost connection is
 * one lost call; redirects are never followed, for the token goes with every call.
 */
export function createGraph(baseUrl: string, timeoutMs = 30_000): Graph {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const connection = { allowH2: false, connectTimeout: Math.min(timeoutMs, 10_000) }
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES }
  const pool = new Pool(base.origin, { connections: 64, ...connection, ...limits })
  // A file that goes out slowly is no answer that is late: how long it may take is told by `upload`.
  const uploads = new Pool(base.origin, { connections: UPLOADS, ...connection, ...limits, headersTimeout: 0 })
  const downloads = new Agent({ connections: 16, ...connection, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  return {
    async call(caller, call) {
      const path = `${prefix}/${versionOf(caller)}/${call.path}${queryOf(caller, call)}`
      if (call.form !== undefined) {
        const to = { path, method: call.method, headers: { authorization: `Bearer ${caller.accessToken}` } }
        return readAnswer(await upload(uploads, { ...to, form: call.form }, 2 * timeoutMs), secretsOf(caller))
      }
      const body = call.body === undefined ? null : JSON.stringify(call.body)
      const headers = {
        authorization: `Bearer ${caller.accessToken}`,
        accept: 'application/json',
        ...(body === null ? null : { 'content-type': 'application/json' }),
      }
      const raw = await exchange(pool, { path, method: call.method, headers, body }, timeoutMs)
      return readAnswer(raw, secretsOf(caller))
    },
    download(caller, url) {
      const { accessToken } = caller
      return downloadFrom(downloads, { url, graphUrl: base, accessToken, secrets: secretsOf(caller) })
    },
    async close() {
      await Promise.all([pool.destroy(), uploads.destroy(), downloads.destroy()])
    },
  }
}

interface Upload {
  readonly path: string
  readonly method: GraphCall['method']
  readonly headers: Readonly<Record<string, string>>
  readonly form: Form
}

/** One request with files in it; fails when nothing moves for `stallMs`. */
function upload(pool: Pool, { path, method, headers, form }: Upload, stallMs: number): Promise<RawAnswer> {
  const { contentType, length, body } = encodeForm(form)
  let restart = (): void => {}
  const moved = (): void => restart()
  const named = { ...headers, accept: 'application/json', 'content-type': contentType, 'content-length': `${length}` }
  return exchange(pool, { path, method, headers: named, body: body(moved) }, stallMs, (given) => {
    restart = given
  })
}

/** `v21.0`; owners write `21.0` as well. */
function versionOf(caller: Caller): string {
  const text = caller.apiVersion.trim()
  return /^\d/.test(text) ? `v${encodeURIComponent(text)}` : encodeURIComponent(text)
}

function queryOf(caller: Caller, call: GraphCall): string {
  const query = new URLSearchParams(call.query)
  if (caller.appSecret !== null) query.set('appsecret_proof', proofOf(caller.accessToken, caller.appSecret))
  return query.size === 0 ? '' : `?${query}`
}

/** Hex HMAC-SHA256 of the token: what apps with "Require app secret" ask for (Meta, "Secure Graph API calls"). */
function proofOf(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex')
}

/** What must never show in a text that leaves us; Meta quotes tokens in some of its messages. */
function secretsOf(caller: Caller): readonly string[] {
  const { accessToken, appSecret } = caller
  return [accessToken, ...(appSecret === null ? [] : [appSecret, proofOf(accessToken, appSecret)])].filter(
    (text) => text.length > 3,
  )
}
