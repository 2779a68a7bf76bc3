// The same conversation with a number at Meta and with a linked one, over the whole product: hooks get the same JSON but
// for ids, times and raw.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { NumberSetup } from '../../../simulator/meta/index.ts'
import type { Receiver } from '../../../simulator/receiver/index.ts'
import { type Phone, startWhatsAppSimulator, type WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import * as say from '../../../simulator/whatsapp/message-objects/index.ts'
import { eventOf, nextEvent, type ToldEvent } from '../events.ts'
import { type Ending, type Stage, settingsOf, startStage } from '../stage.ts'
import { link } from './stage.ts'

const ANN = '15551234567'
const NAME = 'Ann Obi'
/** Has not written yet, so that nobody knows a name. */
const BEN = '15557654321'
const OWN = '15550000001'

/** What Ann says: as Meta's message object, and as her phone writes it. `first` is the message that she wrote before. */
type Line = (first: { cloud: string; web: string }) => { cloud: Record<string, unknown>; web: say.MessageObject }
const about = (id: string, fromMe = false): say.MessageKey => ({ remoteJid: `${OWN}@s.whatsapp.net`, id, fromMe })
const textOf = (body: string) => ({ type: 'text', text: { body } })

const LINES: Record<string, { type?: string; line: Line }> = {
  text: { line: () => ({ cloud: textOf('Grüße 🎈'), web: say.text('Grüße 🎈') }) },
  'an answer': {
    line: ({ cloud, web }) => ({
      cloud: { ...textOf('yes'), context: { id: cloud, from: ANN } },
      web: say.text('yes', { quotes: { id: web, from: `${ANN}@s.whatsapp.net`, message: say.text('first') } }),
    }),
  },
  forwarded: {
    line: () => ({ cloud: { ...textOf('x'), context: { forwarded: true } }, web: say.text('x', { forwarded: 1 }) }),
  },
  location: {
    line: () => {
      const place = { latitude: 1.5, longitude: 2.5, name: 'Kiosk', address: '1 Own Street' }
      return { cloud: { type: 'location', location: place }, web: say.location(place) }
    },
  },
  contacts: {
    line: () => ({
      cloud: {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Bo', first_name: 'Bo' },
            phones: [{ phone: '+1 555 010 0302', wa_id: '15550100302' }],
          },
        ],
      },
      web: say.contacts({ name: 'Bo', phone: '+1 555 010 0302' }),
    }),
  },
  'a reaction': {
    type: 'message.reaction',
    line: ({ cloud, web }) => ({
      cloud: { type: 'reaction', reaction: { message_id: cloud, emoji: '🎉' } },
      web: say.reaction(about(web), '🎉'),
    }),
  },
  'a reaction taken back': {
    type: 'message.reaction',
    line: ({ cloud, web }) => ({
      cloud: { type: 'reaction', reaction: { message_id: cloud } },
      web: say.reaction(about(web), ''),
    }),
  },
  'an edit': {
    type: 'message.edited',
    line: ({ cloud, web }) => ({
      cloud: { type: 'edit', edit: { original_message_id: cloud, message: textOf('new') } },
      web: say.edit(about(web, true), say.text('new')),
    }),
  },
  'a revoke': {
    type: 'message.revoked',
    line: ({ cloud, web }) => ({
      cloud: { type: 'revoke', revoke: { original_message_id: cloud } },
      web: say.revoke(about(web, true)),
    }),
  },
  'a pressed button': {
    line: () => ({
      cloud: {
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes' } },
      },
      web: say.buttonReply('yes', 'Yes'),
    }),
  },
}

const BYTES = randomBytes(3000)
const FILES = {
  image: { mimeType: 'image/jpeg', caption: 'The shelf' },
  video: { mimeType: 'video/mp4', caption: 'The shop' },
  audio: { mimeType: 'audio/ogg; codecs=opus', voice: true },
  document: { mimeType: 'application/pdf', caption: 'As asked', filename: 'a.pdf' },
  sticker: { mimeType: 'image/webp', animated: true },
} as const
type Kind = keyof typeof FILES
const { image, video, voice: audio, document, sticker } = say
const MAKE = { image, video, audio, document, sticker }

describe('the same conversation with both kinds of numbers', () => {
  let stage: Stage
  let whatsapp: WhatsAppSimulator
  let receiver: Receiver
  let number: NumberSetup
  let own: Phone
  let ann: Phone
  let first: { cloud: string; web: string }
  const endings: (() => Promise<void>)[] = []
  const ending: Ending = { after: (run) => void endings.push(run) }
  const customer = () => stage.meta.customer(ANN, { name: NAME })

  before(async () => {
    whatsapp = await startWhatsAppSimulator()
    const folder = mkdtempSync(join(tmpdir(), 'whatshooked-shape-'))
    const trust = join(folder, 'trust.json')
    await whatsapp.writeTrust(trust)
    stage = await startStage(ending, { config: { whatsapp_url: whatsapp.url, whatsapp_trust: trust } })
    ending.after(async () => {
      await whatsapp.close()
      rmSync(folder, { recursive: true, force: true })
    })
    number = await stage.addAccount('cloud', { displayPhoneNumber: OWN })
    const fetching = { media: { download: true } }
    await stage.api.updateAccount({
      ...{ id: 'cloud', type: 'business-api', business_api: settingsOf(number), ...fetching },
    })
    receiver = await stage.addHook('crm', {}, { events: ['message.*'], raw: true })
    own = await link({ whatsapp, api: stage.api }, { id: 'web', number: OWN, more: fetching })
    whatsapp.phone(BEN)
    ann = whatsapp.phone(ANN, { name: NAME, autoDelivers: true })
    first = { cloud: customer().sends(textOf('first')).id, web: await ann.says(OWN, 'first') }
    await both('message.received', first)
  })
  after(async () => {
    for (const end of endings) await end()
  })

  /** What the hook got of a message, of each kind of number. */
  async function both(
    type: string,
    ids: { cloud: string; web: string },
  ): Promise<{ cloud: ToldEvent; web: ToldEvent }> {
    const of = (account: 'cloud' | 'web') =>
      nextEvent(
        receiver,
        (one) => one.type === type && one.account_id === account && one.data.message_id === ids[account],
      )
    return { cloud: await of('cloud'), web: await of('web') }
  }

  async function same(type: string, ids: { cloud: string; web: string }): Promise<void> {
    const { cloud, web } = await both(type, ids)
    assert.deepEqual(comparable(web, [ids.web, first.web]), comparable(cloud, [ids.cloud, first.cloud]))
  }

  /** What a message costs is told by Meta alone, which tells no names with it. */
  async function sameStatus(type: string, ids: { cloud: string; web: string }): Promise<void> {
    const { cloud, web } = await both(type, ids)
    const { pricing: _, ...data } = cloud.data
    const named = { ...data, chat: { ...data.chat, name: web.data.chat.name } }
    assert.deepEqual(comparable(web, [ids.web]), comparable({ ...cloud, data: named }, [ids.cloud]))
  }

  for (const [name, { type = 'message.received', line }] of Object.entries(LINES)) {
    it(`is the same JSON: ${name}`, async () => {
      const { cloud, web } = line(first)
      const ids = { cloud: customer().sends(cloud).id, web: await ann.says(OWN, web) }
      await same(type, ids)
      for (const { data } of Object.values(await both(type, ids))) assert.ok(data.raw)
    })
  }

  for (const kind of Object.keys(FILES) as Kind[]) {
    it(`is the same JSON, and the same bytes: ${kind}`, async () => {
      const { mimeType, ...facts }: { mimeType: string; caption?: string; filename?: string } = FILES[kind]
      const file = whatsapp.media.publish(BYTES, kind)
      const ids = {
        cloud: customer().sendsMedia(kind, { ...FILES[kind], bytes: BYTES }).id,
        web: await ann.says(OWN, MAKE[kind](file, { mimeType, ...facts, animated: kind === 'sticker' })),
      }
      await same('message.received', ids)
      const { cloud, web } = await both('message.received', ids)
      for (const { data } of [cloud, web]) {
        const answer = await fetch(data.media.url)
        assert.ok(Buffer.from(await answer.arrayBuffer()).equals(BYTES))
      }
    })
  }

  it('is the same JSON: what was written on the number’s own phone', async () => {
    const id = `wamid.own-${Date.now()}`
    const echo = { from: OWN, to: BEN, id, timestamp: String(Math.floor(Date.now() / 1000)), ...textOf('hi') }
    const metadata = { display_phone_number: number.displayPhoneNumber, phone_number_id: number.phoneNumberId }
    const value = { messaging_product: 'whatsapp', metadata, message_echoes: [echo] }
    stage.meta.sendCallback({ phoneNumberId: number.phoneNumberId, field: 'smb_message_echoes', value })
    await same('message.received', { cloud: id, web: await own.says(BEN, 'hi') })
  })

  it('is the same JSON: what this server sent, that it went out, arrived and was read', async () => {
    const send = async (account: string) =>
      (await stage.api.sendMessage({ account_id: account, to: `+${ANN}`, text: 'here you are' })).message_id
    const ids = { cloud: String(await send('cloud')), web: String(await send('web')) }
    for (const type of ['message.sent', 'message.delivered']) await sameStatus(type, ids)
    await stage.meta.settled()
    customer().reads(ids.cloud)
    ann.reads(OWN, [ids.web])
    await sameStatus('message.read', ids)
  })

  it('tells nothing twice, and nothing else', () => {
    const told = receiver.received.map(eventOf)
    const of = (account: string) =>
      told.filter(({ account_id }) => account_id === account).map(({ type, data }) => `${type} ${data.message_id}`)
    for (const account of ['cloud', 'web']) assert.equal(new Set(of(account)).size, of(account).length, account)
    assert.equal(of('web').length, of('cloud').length)
  })
})

/**
 * Without what each has of its own: ids of WhatsApp's and of ours (`lid` is WhatsApp's of a person), and times. Where an id
 * stands for one of these messages, which one still has to be the same.
 */
function comparable({ id, account_id: _, timestamp, ...event }: ToldEvent, ids: readonly string[]): unknown {
  assert.ok(id.startsWith('evt_') && !Number.isNaN(Date.parse(timestamp)))
  const { raw: __, ...data } = event.data
  const text = ids.reduce((json, one, at) => json.replaceAll(one, `message ${at}`), JSON.stringify(data))
  const plain = JSON.parse(text)
  assert.ok(!Number.isNaN(Date.parse(plain.timestamp)))
  const { media, chat, from } = plain
  return {
    ...event,
    data: {
      ...plain,
      timestamp: 'then',
      chat: { ...chat, lid: null },
      ...(from && { from: { ...from, lid: null } }),
      ...(media && { media: { ...media, id: 'FILE', file_id: typeof media.file_id, url: typeof media.url } }),
    },
  }
}
