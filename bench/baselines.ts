// What the product is held against, in a process of its own: the same libraries with nothing around them.
import { createHmac, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { Pool } from 'undici'
import { APP_SECRET } from './callbacks.ts'
import { answerCalls } from './child.ts'
import { moment } from './moment.ts'

const Callback = Compile(
  Type.Object({
    object: Type.String(),
    entry: Type.Array(
      Type.Object({
        id: Type.String(),
        changes: Type.Array(
          Type.Object({
            field: Type.String(),
            value: Type.Object({
              messaging_product: Type.String(),
              metadata: Type.Object({ display_phone_number: Type.String(), phone_number_id: Type.String() }),
              contacts: Type.Array(
                Type.Object({ profile: Type.Object({ name: Type.String() }), wa_id: Type.String() }),
              ),
              messages: Type.Array(
                Type.Object({
                  from: Type.String(),
                  id: Type.String(),
                  timestamp: Type.String(),
                  type: Type.String(),
                  text: Type.Object({ body: Type.String() }),
                }),
              ),
            }),
          }),
        ),
      }),
    ),
  }),
)

const Send = {
  type: 'object',
  required: ['account_id', 'to', 'text'],
  properties: { account_id: { type: 'string' }, to: { type: 'string' }, text: { type: 'string' } },
}

function isSigned(header: string | string[] | undefined, body: Buffer): boolean {
  const given = Buffer.from(typeof header === 'string' ? header.slice('sha256='.length) : '', 'hex')
  const right = createHmac('sha256', APP_SECRET).update(body).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}

/** Bare intake: raw bytes, signature, JSON, schema, answer. Nothing is kept. */
async function ingest(): Promise<string> {
  const fastify = Fastify({ logger: false })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  fastify.post('/webhooks', (request, reply) => {
    const body = request.body as Buffer
    if (!isSigned(request.headers['x-hub-signature-256'], body)) return reply.code(401).send('no')
    if (!Callback.Check(JSON.parse(body.toString('utf8')))) return reply.code(400).send('no')
    return reply.send({ ok: true })
  })
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/webhooks`
}

/** Bare send: schema, one call to the upstream over a kept connection, its answer read, answer. */
async function proxy(upstream: string): Promise<string> {
  const pool = new Pool(upstream, { connections: 64 })
  const fastify = Fastify({ logger: false })
  fastify.post('/api/send', { schema: { body: Send } }, async (request) => {
    const { to, text } = request.body as { to: string; text: string }
    const answer = await pool.request({
      method: 'POST',
      path: '/v21.0/1/messages',
      headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', to, type: 'text', text: { body: text } }),
    })
    const { messages } = (await answer.body.json()) as { messages: { id: string }[] }
    return { status: 'ok', message_id: messages[0]?.id }
  })
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/api/send`
}

/** Bare delivery: as many posts as a receiver takes, over kept connections. */
async function post({ url, connections, seconds }: { url: string; connections: number; seconds: number }) {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections })
  const body = Buffer.from(JSON.stringify({ id: 'evt_0', type: 'message.received', data: 'x'.repeat(850) }))
  const headers = { 'content-type': 'application/json', 'user-agent': 'bench' }
  const from = moment()
  const until = from + seconds * 1e6
  let ok = 0
  const cpu = process.cpuUsage()
  const keepBusy = async () => {
    while (moment() < until) {
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
      await answer.body.dump()
      ok += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, keepBusy))
  const used = process.cpuUsage(cpu)
  const to = moment()
  await pool.destroy()
  return { ok, from, to, cpuUs: used.user + used.system }
}

const calls = {
  ingest,
  proxy,
  post,
  /** CPU that this process has used, µs. */
  cpu: async () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
}
export type BaselineCalls = typeof calls

answerCalls(calls)
