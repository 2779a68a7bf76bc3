// The sandbox: everything on loopback with throw-away data, and one message watched on its whole way there and back.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MetaSimulator, type NumberSetup, startMetaSimulator } from '../../simulator/meta/index.ts'
import { type Answer, type Received, type Receiver, startReceiver } from '../../simulator/receiver/index.ts'
import { loadConfig } from '../config.ts'
import { type Client, createClient } from '../contract/client.ts'
import { type Native, native } from '../contract/native/index.ts'
import { systemClock } from '../kit/clock.ts'
import { silentLog } from '../kit/log.ts'
import { startWhatsHooked, type WhatsHooked } from '../main.ts'
import { Failure } from '../model/failure.ts'

/** The customer who writes, and what. */
const CUSTOMER = '15550001111'
const SAYS = 'hi'
const ACCOUNT = 'shop'
const HOOK = 'my-software'

interface Sandbox {
  readonly meta: MetaSimulator
  readonly number: NumberSetup
  readonly receiver: Receiver
  readonly server: WhatsHooked
  readonly api: Client<Native>
  readonly key: string
  readonly folder: string
}

/** Stays up until it is told to stop; with `--once` it ends when the way there and back was shown. */
export async function sandbox(flags: Readonly<Record<string, string>>): Promise<void> {
  const { once, ...settings } = flags
  const started = performance.now()
  const parts = await start(settings)
  const stop = async (code: number) => {
    await parts.server.stop()
    await parts.meta.close()
    await parts.receiver.close()
    rmSync(parts.folder, { recursive: true, force: true })
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(0))
  try {
    await show(parts, started)
  } catch (thrown) {
    console.error(`\nThe sandbox did not get through: ${(thrown as Error).message}`)
    return stop(1)
  }
  if (once !== undefined) return stop(0)
  console.log(howToGoOn(parts))
}

async function start(flags: Record<string, string>): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-sandbox-'))
  const meta = await startMetaSimulator()
  const receiver = await startReceiver({ answer })
  const key = `wh_${randomBytes(32).toString('base64url')}`
  const own = {
    data: folder,
    api_key: key,
    graph_url: meta.url,
    allowed_hook_hosts: '127.0.0.1,localhost',
    log_level: 'silent',
  }
  const env = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [`WHATSHOOKED_${name.toUpperCase()}`, value]),
  )
  const server = await listen(flags, env)
  const number = meta.addNumber({
    verifiedName: 'Sandbox Shop',
    callbackUrl: `${server.url}/webhooks/whatsapp/${ACCOUNT}`,
  })
  return { meta, number, receiver, server, api: createClient(native, { baseUrl: server.url, key }), key, folder }
}

/** On the usual port, or on any free one when that is taken and none was asked for. */
async function listen(flags: Record<string, string>, env: Record<string, string>): Promise<WhatsHooked> {
  const surroundings = {
    clock: systemClock,
    log: silentLog,
    announce: () => {},
    fatal: (sentence: string) => console.error(sentence),
  }
  try {
    return await startWhatsHooked(loadConfig({ flags, env }).config, surroundings)
  } catch (thrown) {
    if (flags.port !== undefined || !(thrown instanceof Failure) || thrown.code !== 'unavailable') throw thrown
    return startWhatsHooked(loadConfig({ flags: { ...flags, port: '0' }, env }).config, surroundings)
  }
}

/** The software of somebody who uses WhatsHooked: answers whoever writes, in the answer to the webhook itself. */
function answer({ body }: Received): Answer {
  const event = JSON.parse(body) as {
    type: string
    data: { text?: { body?: string }; from?: { name?: string | null } }
  }
  if (event.type !== 'message.received') return {}
  const reply = `Hello ${event.data.from?.name ?? 'there'}, you wrote "${event.data.text?.body ?? 'something'}".`
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reply: { text: reply } }) }
}

async function show(parts: Sandbox, started: number): Promise<void> {
  const { meta, number, receiver, server, api } = parts
  let last = performance.now()
  const step = (text: string, tookMs = performance.now() - last) => {
    console.log(`  ${text.padEnd(86)} ${tookMs.toFixed(0).padStart(5)} ms`)
    last = performance.now()
  }
  console.log(
    `\nWhatsHooked sandbox: a server, a simulated Meta, and a receiver that answers. Nothing leaves this machine.\n`,
  )
  step(`server is up at ${server.url}`, performance.now() - started)
  await addAccount(parts)
  const status = await api.getAccountStatus({ id: ACCOUNT })
  step(`account "${ACCOUNT}" is ${status.state}: ${status.phone_number}`)
  await meta.verifyCallback(number.phoneNumberId)
  step('Meta verified the callback address')
  const { secret } = await api.addHook({ id: HOOK, name: 'My software', url: receiver.url, active: true })
  receiver.trust(secret)
  step(`hook "${HOOK}" is registered: ${receiver.url}`)

  meta.customer(CUSTOMER, { name: 'Ada' }).says(SAYS)
  step(`the customer writes "${SAYS}"`)
  const message = await receiver.next((request) => typeOf(request) === 'message.received')
  const { id } = JSON.parse(message.body) as { id: string }
  step(`event ${id} was recorded and arrived, signature ${message.signed ? 'right' : 'WRONG'}`)
  const { status: answered, took_ms } = await firstAttempt(api, id)
  step(`webhook delivered: status ${answered}`, took_ms)
  for (const tick of ['sent', 'delivered'] as const) {
    const request = await receiver.next((candidate) => typeOf(candidate) === `message.${tick}`)
    step(tick === 'sent' ? `the reply was sent: ${messageOf(request)}` : "the reply is on the customer's phone: ✓✓")
  }
  const sent = await receiver.next((candidate) => typeOf(candidate) === 'message.sent')
  await meta.settled()
  meta.customer(CUSTOMER).reads(messageOf(sent))
  await receiver.next((candidate) => typeOf(candidate) === 'message.read')
  step('the customer read it: blue ticks')
  console.log(`\n  all of it took ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}

/** The attempt is written down just after the receiver has it. */
async function firstAttempt(api: Client<Native>, event: string): Promise<{ status: number | null; took_ms: number }> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { deliveries } = await api.listDeliveries({ event, hook: HOOK })
    const attempt = deliveries[0]?.last_attempt
    if (attempt) return attempt
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the delivery was not written down within a second')
}

async function addAccount({ api, number }: Sandbox): Promise<void> {
  const business_api = {
    phone_number_id: number.phoneNumberId,
    access_token: number.token,
    app_secret: number.appSecret,
    verify_token: number.verifyToken,
  }
  await api.addAccount({ id: ACCOUNT, type: 'business-api', business_api })
}

function typeOf(request: Received): string {
  return String(request.headers['x-whatshooked-event'])
}

function messageOf({ body }: Received): string {
  return (JSON.parse(body) as { data: { message_id: string } }).data.message_id
}

function howToGoOn({ server, meta, receiver, key, number }: Sandbox): string {
  const json = "-H 'content-type: application/json'"
  return `It stays up. To go on, in another terminal:

  # send a message to the customer
  curl -s ${server.url}/api/send -H 'x-api-key: ${key}' ${json} \\
    -d '{"account_id":"${ACCOUNT}","to":"+${CUSTOMER}","text":"How are you?"}'

  # let the customer write
  curl -s ${meta.url}/_control/customers/${CUSTOMER}/says ${json} -d '{"text":"one more","to":"${number.phoneNumberId}"}'

  # see what was delivered, and how
  curl -s '${server.url}/api/deliveries?limit=5' -H 'x-api-key: ${key}'

  API reference     ${server.url}/docs      (Authorize with the key below)
  API key           ${key}
  simulated Meta    ${meta.url}      (control API: ${meta.url}/_control)
  receiver          ${receiver.url}

Ctrl+C ends it and throws its data away.`
}
