// Every operation of the WhatsHooked API on the whole product: good requests, and every kind of bad one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NumberSetup } from '../../simulator/meta/index.ts'
import { startReceiver } from '../../simulator/receiver/index.ts'
import { startWhatsAppSimulator, type WhatsAppSimulator } from '../../simulator/whatsapp/index.ts'
import { type Good, surfaceSuite } from '../suites/surface.ts'
import { messagesBody, text } from './callback.ts'
import { until } from './conditions.ts'
import { checkGraphCalls } from './graph-calls.ts'
import { type Stage, settingsOf, startStage } from './stage.ts'

const ZOE = '15550000001'
const OTHER = { account_id: 'other' }
const TO = { ...OTHER, to: `+${ZOE}` }
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

/** What the deliveries and the cache have to hold so that something can be done with it. */
async function deliveriesAndCache(stage: Stage, number: NumberSetup) {
  // Messages that no hook wants stay in the cache.
  await stage.callback(number, messagesBody(number, [text('wamid.kept'), text('wamid.again'), text('wamid.last')]))
  const { cached_events: cached } = await stage.api.getCachedEvents({ event_type: 'message.received' })
  const [first, second] = cached.map(({ id }) => id)
  assert.ok(first && second)
  // One for a hook that refuses once has a delivery.
  const refusing = await stage.addHook('refusing', {
    answer: () => ({ status: refusing.received.length > 1 ? 200 : 500 }),
  })
  await stage.callback(number, messagesBody(number, [text('wamid.refused')]))
  await refusing.next((request) => request.body.includes('wamid.refused'))
  const { deliveries } = await stage.api.listDeliveries({ hook: 'refusing' })
  const [delivery] = deliveries.map(({ id }) => id)
  assert.ok(delivery)
  const url = (await stage.addHook('kept-for-test')).url
  return { url, cached: { first, second }, delivery }
}

/** What Meta has for the account already: templates, flows, catalogs, files, a number on its way. */
function managed(stage: Stage, { wabaId, token, phoneNumberId }: NumberSetup) {
  const { meta } = stage
  for (const language of ['en_US', 'de']) meta.addTemplate({ wabaId, name: 'order_ready', language })
  const flow = (status: 'DRAFT' | 'PUBLISHED') => ({ ...OTHER, flow_id: meta.addFlow({ wabaId, status }).id })
  const [draft, published, running, surplus] = [flow('DRAFT'), flow('PUBLISHED'), flow('PUBLISHED'), flow('DRAFT')]
  const catalog = meta.addCatalog({ wabaIds: [wabaId], products: [{ retailer_id: 'sku-1' }, { retailer_id: 'sku-2' }] })
  const coming = meta.addNumber({ wabaId, token, verified: false }).phoneNumberId
  const zoe = meta.customer(ZOE)
  return {
    draft,
    published,
    running,
    surplus,
    json: meta.flows()[0]?.json ?? '',
    catalog: { catalog_id: catalog.id },
    coming: { ...OTHER, phone_number_id: coming },
    code: () => meta.verificationCode(coming) ?? '',
    said: { message_id: zoe.says('hi', phoneNumberId).id },
    upload: () => meta.media().find(({ by }) => by === 'business')?.id ?? '',
  }
}

type Managed = ReturnType<typeof managed>

function sends({ said, running, catalog }: Managed, link: string) {
  const body_text = 'Have a look'
  const data = PNG.toString('base64')
  const image = { link: 'https://example.com/a.png' }
  const button = { type: 'reply', reply: { id: 'yes', title: 'Yes' } }
  return {
    sendMessage: { ...TO, text: 'hello', preview_url: true },
    sendImage: { ...TO, image_data: data, mime_type: 'image/png', caption: 'A picture' },
    sendVideo: { ...TO, video_url: link, mime_type: 'video/mp4' },
    sendDocument: { ...TO, document_data: data, mime_type: 'application/pdf', filename: 'bill.pdf' },
    sendAudio: { ...TO, audio_data: data, mime_type: 'audio/ogg', voice: true },
    sendSticker: { ...TO, sticker_data: data },
    sendLocation: { ...TO, latitude: 52.5, longitude: 13.4, name: 'Here', address: 'A street' },
    sendContacts: {
      ...TO,
      contacts: [
        { name: { formatted_name: 'Ana B', first_name: 'Ana' }, phones: [{ phone: '+15550000002', type: 'WORK' }] },
      ],
    },
    sendInteractive: {
      ...TO,
      interactive: {
        type: 'button' as const,
        header: { type: 'image', image },
        body: { text: 'Shall we?' },
        action: { buttons: [button] },
      },
      reply_to: said.message_id,
    },
    sendTemplate: { ...TO, template: { name: 'order_ready', language: { code: 'en_US' } } },
    sendFlow: { ...TO, ...running, flow_token: 'a token', body_text, button_text: 'Begin', screen: 'START' },
    sendReaction: { ...TO, ...said, emoji: '👍' },
    sendCatalog: { ...TO, body_text, thumbnail_product_retailer_id: 'sku-1' },
    sendSingleProduct: { ...TO, ...catalog, product_retailer_id: 'sku-1', body_text, footer_text: 'Ends soon' },
    sendProductList: {
      ...TO,
      ...catalog,
      header_text: 'New',
      body_text,
      sections: [{ title: 'All', product_items: [{ product_retailer_id: 'sku-1' }, { product_retailer_id: 'sku-2' }] }],
    },
    markAsRead: { ...OTHER, ...said },
  }
}

function management({ draft, published, surplus, json, catalog, coming, code, upload }: Managed) {
  return {
    listTemplates: OTHER,
    uploadTemplate: {
      ...OTHER,
      name: 'bill_ready',
      language: 'en_US',
      category: 'UTILITY' as const,
      components: [{ type: 'BODY', text: 'Your bill is ready to be looked at.' }],
    },
    deleteTemplate: { ...OTHER, name: 'order_ready', language: 'de' },
    listFlows: OTHER,
    createFlow: { ...OTHER, name: 'Booking', categories: ['APPOINTMENT_BOOKING'] },
    getFlow: draft,
    uploadFlowAsset: { ...draft, asset_name: 'flow.json', asset_data: json },
    publishFlow: draft,
    deprecateFlow: published,
    deleteFlow: surplus,
    listPhoneNumbers: OTHER,
    requestVerificationCode: { ...coming, code_method: 'SMS' as const, language: 'pt_BR' },
    verifyCode: () => ({ ...coming, code: code() }),
    registerPhoneNumber: { ...coming, pin: '123456' },
    listCatalogs: OTHER,
    listProducts: { ...OTHER, ...catalog },
    getBusinessProfile: OTHER,
    updateBusinessProfile: { ...OTHER, about: 'Plants', email: 'a@example.com', websites: ['https://example.com/'] },
    uploadMedia: { ...OTHER, file: new File([PNG], 'a.png', { type: 'image/png' }) },
    deleteMediaFile: () => ({ ...OTHER, media_id: upload() }),
  }
}

const PASSWORD = 'correct horse battery'

/** Of two linked devices one shows its code, and of the other, which a phone has linked, the session was exported. */
async function linking({ api }: Stage, whatsapp: WhatsAppSimulator) {
  for (const id of ['unlinked', 'moving']) await api.addAccount({ id, type: 'whatsmeow' })
  const { qr } = await api.getPairingQr({ id: 'moving' })
  await whatsapp.phone(ZOE).scans(String(qr))
  await until(async () => (await api.getAccountStatus({ id: 'moving' })).state === 'connected', 'a phone is linked')
  const { session } = await api.exportSession({ id: 'moving', password: PASSWORD })
  return {
    getPairingQr: { id: 'unlinked' },
    requestPairingCode: { id: 'unlinked', phone: `+${ZOE}` },
    importSession: { id: 'moving', session, password: PASSWORD },
    exportSession: { id: 'moving', password: PASSWORD },
  }
}

async function goodOn(stage: Stage, whatsapp: WhatsAppSimulator, after: (() => Promise<void>)[]): Promise<Good> {
  const number = await stage.addAccount('other')
  stage.meta.limits({ window: false })
  const { url, cached, delivery } = await deliveriesAndCache(stage, number)
  const film = await startReceiver({ answer: () => ({ headers: { 'content-type': 'video/mp4' }, body: 'film' }) })
  after.push(() => film.close())
  const things = managed(stage, number)
  const account = { id: 'shop', type: 'cloud' as const, business_api: settingsOf(stage.meta.addNumber({})) }
  const { message_id } = await stage.api.sendMessage({ ...TO, text: 'hello' })
  const removable = await stage.api.addKey({ name: 'To be removed', scopes: ['read'] })
  await stage.meta.settled()

  return {
    healthCheck: {},
    getReadiness: {},
    getMetrics: {},
    getOpenApi: {},
    addHook: {
      ...{ id: 'kept', name: 'Kept', url, active: true, headers: { 'X-A': 'b' } },
      ...{ retry: { delays: [1, 2], give_up_after: 60 }, order: 'strict', raw: true },
    },
    listHooks: {},
    updateHook: { id: 'kept', active: false, retry: null },
    getHook: { id: 'kept' },
    testHook: { id: 'kept' },
    removeHook: { id: 'kept' },
    addAccount: account,
    listAccounts: {},
    updateAccount: account,
    disableAccount: { id: 'shop' },
    enableAccount: { id: 'shop' },
    getAccountStatus: { id: 'shop' },
    examineAccount: { id: 'shop' },
    mendAccount: { id: 'shop' },
    removeAccount: { id: 'shop' },
    ...(await linking(stage, whatsapp)),
    ...sends(things, film.url),
    getMessage: { id: message_id },
    ...management(things),
    listDeliveries: { state: 'retry', limit: 10 },
    getDelivery: { id: delivery },
    retryDelivery: { id: delivery },
    retryDeadDeliveries: { hook_id: 'kept-for-test', since: '2026-01-01T00:00:00Z' },
    getCachedEvents: { event_type: 'message.received', limit: 5 },
    getCacheStats: {},
    getCachedEvent: { id: cached.first },
    deleteCachedEvent: { id: cached.first },
    replayCachedEvent: { id: cached.second },
    replayCachedEvents: {},
    clearCache: { confirm: true },
    addKey: {
      name: 'For a program',
      scopes: ['read', 'send'],
      accounts: ['other'],
      expires_at: '2099-01-01T00:00:00Z',
    },
    listKeys: {},
    removeKey: { id: removable.key_id },
    listAudit: { operation: 'addKey', limit: 10 },
  }
}

surfaceSuite('the WhatsHooked API, whole', async () => {
  const after: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const run of after) await run()
  }
  const folder = mkdtempSync(join(tmpdir(), 'whatshooked-trust-'))
  const whatsapp = await startWhatsAppSimulator()
  const trust = join(folder, 'trust.json')
  await whatsapp.writeTrust(trust)
  const config = { whatsapp_url: whatsapp.url, whatsapp_trust: trust }
  const stage = await startStage({ after: (run) => void after.push(run) }, { config })
  after.push(async () => {
    await whatsapp.close()
    rmSync(folder, { recursive: true, force: true })
  })
  try {
    const good = await goodOn(stage, whatsapp, after)
    return { url: stage.url, key: stage.key, good, check: () => checkGraphCalls(stage.meta), stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
})
