// The control API: what can be done with the phones and the server, as JSON under `/_control`, for those in another process.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WhatsAppSimulator } from '../simulator.ts'
import type { Stanza } from '../wire/stanza.ts'
import { ControlError, type Routes } from './body.ts'
import { phoneRoutes } from './phones.ts'
import { otherRoutes } from './server.ts'
import { shownStanza } from './shown.ts'

const routes: Routes = { ...phoneRoutes, ...otherRoutes }
const logRoute = 'GET /log'
const logLength = 1000
const longestBody = 150_000_000

/** Answers requests under `/_control`; keeps the last thousand stanzas for `GET /_control/log`. */
export function createControl(whatsapp: WhatsAppSimulator) {
  const log: { at: number; to: 'server' | 'client'; phone: string | null; device: number | null; stanza: Stanza }[] = []
  const note =
    (to: 'server' | 'client') => (stanza: Stanza, companion: { account: { number: string }; id: number } | null) => {
      log.push({ at: Date.now(), to, phone: companion?.account.number ?? null, device: companion?.id ?? null, stanza })
      if (log.length > logLength) log.shift()
    }
  whatsapp.server.on('heard', note('server'))
  whatsapp.server.on('said', note('client'))
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://control')
    const path = pathname.replace(/^\/_control/, '')
    const asked = `${request.method} ${path}`
    const { status, body } =
      asked === logRoute
        ? { status: 200, body: log.map(({ stanza, ...entry }) => ({ ...entry, stanza: shownStanza(stanza) })) }
        : await answer(whatsapp, { method: request.method ?? '', path, request })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(body, null, 2)}\n`)
  }
}

type Asked = { method: string; path: string; request: IncomingMessage }

/** 404 with the list of routes, 400 with a sentence, 500 for a mistake of the simulator's. */
async function answer(
  whatsapp: WhatsAppSimulator,
  { method, path, request }: Asked,
): Promise<{ status: number; body: unknown }> {
  const found = findRoute(method, path)
  const all = [...Object.keys(routes), logRoute]
  if (!found) return { status: 404, body: { error: `there is no ${method} /_control${path}`, routes: all } }
  try {
    const result = await found.handle(whatsapp, parse(await read(request)), found.id)
    return { status: 200, body: result ?? { ok: true } }
  } catch (error) {
    const isSentence = error instanceof ControlError || (error instanceof Error && error.name === 'Error')
    if (isSentence) return { status: 400, body: { error: error.message } }
    return { status: 500, body: { error: String(error) } }
  }
}

function findRoute(method: string, path: string): { handle: Routes[string]; id: string } | undefined {
  const segments = path.split('/').filter((part) => part !== '')
  for (const [route, handle] of Object.entries(routes)) {
    const [routeMethod, routePath = ''] = route.split(' ')
    const wanted = routePath.split('/').filter((part) => part !== '')
    const isMatch = routeMethod === method && wanted.length === segments.length
    if (isMatch && wanted.every((part, at) => part === '{id}' || part === segments[at])) {
      return { handle, id: decoded(segments[wanted.indexOf('{id}')] ?? '') }
    }
  }
  return undefined
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += (part as Buffer).length
    if (length > longestBody) throw new ControlError('the body is too long')
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts).toString()
}

function parse(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ControlError('the body is not JSON')
  }
}
