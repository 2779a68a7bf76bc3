// The control API: everything that the door offers, as JSON under `/_control`, for those in another process.

import type { Change } from '../callbacks/payload.ts'
import { isObject } from '../graph/graph-request.ts'
import type { MetaSimulator } from '../simulator.ts'
import { bodyOf, ControlError, shapes } from './control-shapes.ts'

type Answer = { status: number; body: unknown }
type Handle = (simulator: MetaSimulator, body: unknown, id: string) => unknown

/** Routes by method and path; `{id}` is one segment. What a handler returns is the answer, nothing is `{ok: true}`. */
const routes: Record<string, Handle> = {
  'POST /numbers': (simulator, body) => simulator.addNumber(bodyOf(body, shapes.number)),
  'POST /numbers/{id}': (simulator, body, id) => simulator.changeNumber(id, bodyOf(body, shapes.numberChange)),
  'POST /numbers/{id}/verify': (simulator, _, id) => simulator.verifyCallback(id),
  'GET /numbers/{id}/code': (simulator, _, id) => ({ code: simulator.verificationCode(id) ?? null }),
  'GET /templates': (simulator) => simulator.templates(),
  'POST /templates': (simulator, body) => simulator.addTemplate(bodyOf(body, shapes.template)),
  'POST /templates/{id}': (simulator, body, id) => simulator.changeTemplate(id, bodyOf(body, shapes.templateChange)),
  'POST /template-review': (simulator, body) => simulator.templateReview(bodyOf(body, shapes.review).ms),
  'GET /flows': (simulator) => simulator.flows(),
  'POST /flows': (simulator, body) => simulator.addFlow(bodyOf(body, shapes.flow)),
  'POST /flows/{id}': (simulator, body, id) => simulator.changeFlow(id, bodyOf(body, shapes.flowChange)),
  'POST /catalogs': (simulator, body) => simulator.addCatalog(bodyOf(body, shapes.catalog)),
  'POST /catalogs/{id}/products': (simulator, body, id) =>
    simulator.addProducts(id, bodyOf(body, shapes.products).products),
  'POST /tokens': (simulator, body) => ({ token: simulator.addToken(bodyOf(body, shapes.token)) }),
  'POST /apps/{id}': (simulator, body, id) => simulator.app(id, bodyOf(body, shapes.app)),
  'POST /customers/{id}': (simulator, body, id) => ({ id: simulator.customer(id, bodyOf(body, shapes.customer)).id }),
  'POST /customers/{id}/says': (simulator, body, id) => {
    const { text, to } = bodyOf(body, shapes.says)
    return simulator.customer(id).says(text, to)
  },
  'POST /customers/{id}/sends': (simulator, body, id) => {
    const { message, to } = bodyOf(body, shapes.sends)
    return simulator.customer(id).sends(message, to)
  },
  'POST /customers/{id}/sends-media': (simulator, body, id) => {
    const { kind, data, to, ...file } = bodyOf(body, shapes.sendsMedia)
    return simulator.customer(id).sendsMedia(kind, { ...file, bytes: Buffer.from(data, 'base64') }, to)
  },
  'POST /groups': (simulator, body) => ({ id: simulator.addGroup(bodyOf(body, shapes.group).id) }),
  'GET /media': (simulator) => simulator.media(),
  'POST /media/{id}/expire': (simulator, body, id) => simulator.expireMedia(id, bodyOf(body, shapes.expire).what),
  'POST /customers/{id}/reads': (simulator, body, id) => {
    const read = bodyOf(body, shapes.reads)
    simulator.customer(id).reads(read.id, read.status)
  },
  'GET /callbacks': (simulator) => simulator.callbacks(),
  'POST /callbacks': (simulator, body) => simulator.sendCallback(changesOf(body)),
  'POST /callbacks/hold': (simulator) => simulator.holdCallbacks(),
  'POST /callbacks/release': (simulator, body) => simulator.releaseCallbacks(bodyOf(body, shapes.release)),
  'POST /callbacks/{id}/repeat': (simulator, _, id) => simulator.repeatCallback(id),
  'GET /faults': (simulator) => simulator.faults.list(),
  'POST /faults': (simulator, body) => simulator.faults.add(bodyOf(body, shapes.fault)),
  'DELETE /faults': (simulator) => simulator.faults.clear(),
  'DELETE /faults/{id}': (simulator, _, id) => simulator.faults.clear(id),
  'GET /requests': (simulator) => simulator.requests(),
  'GET /messages': (simulator) => simulator.messages(),
  'GET /limits': (simulator) => simulator.limits(),
  'POST /limits': (simulator, body) => simulator.limits(bodyOf(body, shapes.limits)),
  'GET /delays': (simulator) => simulator.statusDelays(),
  'POST /delays': (simulator, body) => simulator.statusDelays(bodyOf(body, shapes.delays)),
  'POST /clock': (simulator, body) => simulator.advance(bodyOf(body, shapes.clock).advanceMs),
  'GET /settled': (simulator) => simulator.settled(),
  'POST /reset': (simulator) => simulator.reset(),
}

/** Answers control calls: 404 with the list of routes, 400 with a sentence, 500 for a mistake of the simulator's. */
export function createControl(simulator: () => MetaSimulator) {
  return async (method: string, path: string, text: string): Promise<Answer> => {
    const found = findRoute(method, path.replace(/^\/_control/, ''))
    if (!found) return { status: 404, body: { error: `there is no ${method} ${path}`, routes: Object.keys(routes) } }
    try {
      const result = await found.handle(simulator(), parse(text), found.id)
      return { status: 200, body: result ?? { ok: true } }
    } catch (error) {
      const isSentence = error instanceof ControlError || (error instanceof Error && error.name === 'Error')
      if (isSentence) return { status: 400, body: { error: error.message } }
      return { status: 500, body: { error: String(error) } }
    }
  }
}

function findRoute(method: string, path: string): { handle: Handle; id: string } | undefined {
  const segments = path.split('/').filter((part) => part !== '')
  for (const [route, handle] of Object.entries(routes)) {
    const [routeMethod, routePath = ''] = route.split(' ')
    const wanted = routePath.split('/').filter((part) => part !== '')
    const isMatch = routeMethod === method && wanted.length === segments.length
    if (isMatch && wanted.every((part, i) => part === '{id}' || part === segments[i])) {
      return { handle, id: decodeURIComponent(segments[wanted.indexOf('{id}')] ?? '') }
    }
  }
  return undefined
}

function parse(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ControlError('the body is not JSON')
  }
}

function changesOf(body: unknown): Change[] {
  const list = isObject(body) && Array.isArray(body.changes) ? body.changes : [body]
  return list.map((change) => bodyOf(change, shapes.change))
}
