// The whole product with something of everything in it, and what of that a fuzzer may name.
import assert from 'node:assert/strict'
import { startReceiver } from '../../../simulator/receiver/index.ts'
import type { Log } from '../../../src/kit/log.ts'
import { messagesBody, text } from '../callback.ts'
import { type Ending, KEY, type Stage, settingsOf, startStage } from '../stage.ts'
import type { Around } from './arbitrary.ts'
import { type Document, type Documented, readDocument } from './document.ts'
import { type Caller, createCaller } from './exchange.ts'

export interface FuzzStage {
  readonly stage: Stage
  readonly document: Document
  readonly caller: Caller
  /** What the generators are to know for one operation. */
  aroundOf(operation: Documented): Around
  /** What the server has logged as errors so far. */
  readonly errors: readonly string[]
}

const PEOPLE = [
  ...['+15550000001', '15550000001', '0015550000001', '+1 (555) 000-0001', '15550000001@s.whatsapp.net'],
  ...['US.13491208655302741918', '123456', '+1555000000112345', '0821234567', '12@lid', '120363@g.us', 'hello', '+'],
]

function keepErrors(errors: string[]): Log {
  const silent = () => {}
  const log: Log = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (line, fields) => void errors.push(`${line} ${JSON.stringify(fields)}`),
    child: () => log,
  }
  return log
}

type Known = Readonly<Record<string, readonly unknown[]>>

/** What there is at Meta. */
function atMeta({ meta }: Stage, number: Awaited<ReturnType<Stage['addAccount']>>): Known {
  const { wabaId, token, phoneNumberId } = number
  meta.addTemplate({ wabaId, name: 'order_ready' })
  const languages = ['en_US', 'de', 'fr', 'pt_BR']
  for (const language of languages) meta.addTemplate({ wabaId, name: 'bye', language })
  const flows = (['DRAFT', 'DRAFT', 'DRAFT', 'PUBLISHED', 'PUBLISHED'] as const).map(
    (status) => meta.addFlow({ wabaId, status }).id,
  )
  const catalog = meta.addCatalog({ wabaIds: [wabaId], products: [{ retailer_id: 'sku-1' }, { retailer_id: 'sku-2' }] })
  const coming = [1, 2].map(() => meta.addNumber({ wabaId, token, verified: false }).phoneNumberId)
  const zoe = meta.customer('15550000001')
  const said = [1, 2].map(() => zoe.says('hi', phoneNumberId).id)
  return {
    flow_id: flows,
    catalog_id: [catalog.id],
    product_retailer_id: ['sku-1', 'sku-2', 'none'],
    thumbnail_product_retailer_id: ['sku-1'],
    phone_number_id: coming,
    message_id: said,
    reply_to: said,
    media_id: [],
    name: ['bye'],
    language: languages,
  }
}

/** What makes objects of Meta's worth sending. */
const OBJECTS: Known = {
  account_id: [...new Array(8).fill('shop'), 'spare', 'nobody'],
  to: [...new Array(20).fill('+15550000001'), ...PEOPLE],
  interactive: [
    { type: 'button', body: { text: 'b' }, action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'A' } }] } },
    { type: 'location_request_message', body: { text: 'Where?' }, action: { name: 'send_location' } },
    { type: 'list', body: { text: 'b' }, action: {} },
  ],
  template: [
    { name: 'order_ready', language: { code: 'en_US' } },
    { name: 'order_ready', language: { code: 'xx' }, components: [{ type: 'body', parameters: [{}] }] },
  ],
  contacts: [[{ name: { formatted_name: 'Ana', first_name: 'Ana' }, phones: [{ phone: '+15550000002' }] }]],
  mime_type: ['image/png', 'video/mp4', 'application/pdf', 'audio/ogg', 'image/webp', ''],
  type: [],
  vertical: ['RETAIL'],
  email: ['a@example.com'],
  websites: [['https://example.com/']],
  categories: [['OTHER'], ['NO SUCH']],
  events: [['*'], ['message.*'], ['message.received'], []],
  accounts: [['shop'], []],
  event_type: ['message.received', 'message.*', 'constructor'],
  screen: ['START'],
  emoji: ['👍', ''],
}

/** Ids that may be destroyed, by tag: those of what is there for good are not among them. */
const SPARE_IDS: Known = { Accounts: ['temp', 'temp-2', 'nobody'], Webhooks: ['hook-1', 'hook-2', 'nobody'] }

async function fill(
  stage: Stage,
): Promise<{ known: Known; byTag: Known; byOperation: Readonly<Record<string, Known>> }> {
  const { meta, api } = stage
  meta.limits({ window: false })
  const number = await stage.addAccount('shop')
  const business_api = settingsOf(number)
  await api.updateAccount({
    id: 'shop',
    type: 'cloud',
    business_api,
    pacing: { per_second: 1000, pair_burst: 10_000, pair_every: 0.01 },
  })
  await api.addAccount({ id: 'spare', type: 'cloud', business_api: settingsOf(meta.addNumber({})), disabled: true })
  const others = atMeta(stage, number)
  await stage.callback(number, messagesBody(number, [text('wamid.a'), text('wamid.b'), text('wamid.c')]))
  const { cached_events: cached } = await api.getCachedEvents({})
  const receiver = await stage.addHook('hook-1', {
    answer: ({ body }) => ({ status: body.includes('hi') ? 500 : 200 }),
  })
  await stage.callback(number, messagesBody(number, [text('wamid.d'), text('wamid.e')]))
  await receiver.next((one) => one.body.includes('wamid.d'))
  const { deliveries } = await api.listDeliveries({})
  const { message_id } = await api.sendMessage({ account_id: 'shop', to: '+15550000001', text: 'hello' })
  const keys = await Promise.all(['one', 'two'].map((name) => api.addKey({ name, scopes: ['read'] })))
  const temp = settingsOf(meta.addNumber({}))
  assert.ok(cached.length > 0 && deliveries.length > 0)
  const account = {
    phone_number_id: [temp.phone_number_id],
    access_token: [temp.access_token, 'wrong'],
    type: ['cloud', 'business-api'],
  }
  return {
    known: {
      ...OBJECTS,
      ...others,
      hook: ['hook-1', 'nobody'],
      hook_id: ['hook-1', 'nobody'],
      state: ['retry', 'delivered'],
    },
    byTag: {
      ...SPARE_IDS,
      Cache: cached.map(({ id }) => id),
      Deliveries: deliveries.map(({ id }) => id),
      Messages: [message_id, 'msg_none'],
      Keys: keys.map(({ key_id }) => key_id),
    },
    byOperation: {
      addAccount: account,
      updateAccount: account,
      replaceAccount: account,
      uploadTemplate: { name: ['made_up'], components: [[{ type: 'BODY', text: 'Your bill is ready.' }], []] },
      createFlow: { name: [] },
      addHook: { name: [] },
      addKey: { name: [], accounts: [['shop'], null] },
      sendContacts: { name: [] },
      getAccountStatus: { id: ['shop', 'spare', 'temp'] },
      examineAccount: { id: ['shop', 'spare', 'temp'] },
      uploadMedia: { type: ['image/png', 'application/pdf', ''], file: ['bytes'] },
    },
  }
}

export async function startFuzzStage(t: Ending): Promise<FuzzStage> {
  const errors: string[] = []
  const stage = await startStage(t, { log: keepErrors(errors) })
  const film = await startReceiver({ answer: () => ({ headers: { 'content-type': 'image/png' }, body: 'picture' }) })
  const caller = createCaller(stage.url)
  t.after(async () => {
    caller.close()
    await film.close()
  })
  const { known, byTag, byOperation } = await fill(stage)
  const response = await fetch(`${stage.url}/openapi.json`)
  const document = readDocument(await response.text())
  // Nothing but this machine; the last ones are refused before anything is asked of them.
  const urls = [
    film.url,
    `${film.url}/a.png?b=1`,
    'http://127.0.0.1:9/',
    'http://169.254.169.254/latest',
    'http://[::1]/',
    'http://10.0.0.1/',
  ]
  return {
    stage,
    document,
    caller,
    errors,
    aroundOf: ({ operationId, tag }) => ({
      resolve: document.resolve,
      urls,
      // The simulated Meta takes an address away for it; Meta's document does not say that it may be sent.
      avoided: (field) => (field === 'email' ? [''] : []),
      known(field) {
        const own = byOperation[operationId]?.[field]
        if (own) return own
        return (field === 'id' ? byTag[tag] : known[field]) ?? []
      },
    }),
  }
}

export const GOOD_KEY = { 'x-api-key': KEY }
