// One HTTP call of the simulator to a receiver: the POST of a callback or the GET of its verification.
import http from 'node:http'
import https from 'node:https'

export type Call = {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  timeoutMs: number
  signal: AbortSignal
}

/** What came back; `error` says why nothing did. The body is read to 4 KB. */
export type Reply = { status: number; body: string } | { error: string }

export type Caller = { call(call: Call): Promise<Reply>; close(): void }

/** Calls over kept-alive connections. Redirects are not followed. Never throws. */
export function createCaller(): Caller {
  const plain = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const secure = new https.Agent({ keepAlive: true, maxSockets: 64 })
  const call = (wanted: Call): Promise<Reply> =>
    new Promise((resolve) => {
      if (!URL.canParse(wanted.url)) return resolve({ error: `not a URL: ${wanted.url}` })
      const isSecure = wanted.url.startsWith('https:')
      const request = (isSecure ? https : http).request(wanted.url, {
        method: wanted.method,
        agent: isSecure ? secure : plain,
        headers: withLength(wanted),
        signal: wanted.signal,
      })
      const timer = setTimeout(() => request.destroy(new Error('timed out')), wanted.timeoutMs)
      const finish = (reply: Reply): void => {
        clearTimeout(timer)
        resolve(reply)
      }
      request.on('response', (response) => readReply(response).then(finish))
      request.on('error', (error: NodeJS.ErrnoException) => finish({ error: error.code ?? error.message }))
      request.end(wanted.body)
    })
  return {
    call,
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

function withLength(call: Call): Record<string, string> {
  if (call.body === undefined) return call.headers
  return { ...call.headers, 'content-length': String(Buffer.byteLength(call.body)) }
}

function readReply(response: http.IncomingMessage): Promise<Reply> {
  return new Promise((resolve) => {
    let body = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      if (body.length < 4096) body += chunk
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: body.slice(0, 4096) }))
    response.on('error', (error) => resolve({ error: error.message }))
  })
}
