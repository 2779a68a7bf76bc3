// An independent client sends every interactive message that it knows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SendMessageResponse } from '@kapso/whatsapp-cloud-api'
import { type ClientStage, refusal, setClientStage } from './client.ts'

type Send = (stage: ClientStage, base: { phoneNumberId: string; to: string }) => Promise<SendMessageResponse>

const link = 'https://example.com/cat.png'
const sends: Record<string, Send> = {
  'reply buttons': ({ client }, base) =>
    client.messages.sendInteractiveButtons({
      ...{ ...base, bodyText: 'Well?', footerText: 'Tap' },
      header: { type: 'image', image: { link } },
      buttons: [
        { id: 'yes', title: 'Yes' },
        { id: 'no', title: 'No' },
      ],
    }),
  'a list': ({ client }, base) =>
    client.messages.sendInteractiveList({
      ...{ ...base, bodyText: 'Pick one', buttonText: 'Open', header: { type: 'text', text: 'Menu' } },
      sections: [{ title: 'Soups', rows: [{ id: '1', title: 'Tomato', description: 'hot' }] }],
    }),
  'a button to visit': ({ client }, base) =>
    client.messages.sendInteractiveCtaUrl({
      ...{ ...base, bodyText: 'Look' },
      parameters: { displayText: 'Shop', url: 'https://example.com' },
    }),
  'a request for a place': ({ client }, base) =>
    client.messages.sendInteractiveRaw({
      ...base,
      interactive: {
        type: 'location_request_message',
        body: { text: 'Where are you?' },
        action: { name: 'send_location' },
      },
    }),
  'a request to be called': ({ client }, base) =>
    client.messages.sendInteractiveRaw({
      ...base,
      interactive: {
        type: 'call_permission_request',
        body: { text: 'May we call?' },
        action: { name: 'call_permission_request' },
      },
    }),
  'a row of cards to visit': ({ client }, base) =>
    client.messages.sendInteractiveCarousel({
      ...{ ...base, bodyText: 'New in' },
      cards: [0, 1].map((cardIndex) => ({
        ...{ cardIndex, header: { type: 'image' as const, image: { link } }, bodyText: 'A hat' },
        action: { displayText: 'Shop', url: 'https://example.com' },
      })),
    }),
  'a row of cards with replies': ({ client }, base) =>
    client.messages.sendInteractiveCarousel({
      ...{ ...base, bodyText: 'New in' },
      cards: [0, 1].map((cardIndex) => ({
        ...{ cardIndex, header: { type: 'image' as const, image: { link } } },
        action: { buttons: [{ id: `hat-${cardIndex}`, title: 'This one' }] },
      })),
    }),
  'a request for an address': ({ client }, base) =>
    client.messages.sendInteractiveAddress({ ...base, bodyText: 'Where to?', parameters: { country: 'IN' } }),
  'a product': ({ client }, base) =>
    client.messages.sendInteractiveProduct({ ...base, bodyText: 'This?', catalogId: '1', productRetailerId: 'hat' }),
  'a list of products': ({ client }, base) =>
    client.messages.sendInteractiveProductList({
      ...{ ...base, bodyText: 'These?', catalogId: '1', header: { type: 'text', text: 'Hats' } },
      sections: [{ title: 'Hats', productItems: [{ productRetailerId: 'hat' }] }],
    }),
  'a catalog': ({ client }, base) =>
    client.messages.sendInteractiveCatalogMessage({
      ...{ ...base, bodyText: 'All we have' },
      parameters: { thumbnailProductRetailerId: 'hat' },
    }),
}

for (const [what, send] of Object.entries(sends)) {
  test(`${what} is taken and delivered`, async (t) => {
    const stage = await setClientStage(t)
    const { to, phoneNumberId, simulator, receiver } = stage
    const sent = await send(stage, { phoneNumberId, to })
    await simulator.settled()
    const statuses = receiver.items().filter((item) => item.id === sent.messages[0]?.id)
    assert.deepEqual(
      statuses.map(({ status }) => status),
      ['sent', 'delivered'],
    )
  })
}

test('cards whose buttons differ, and a single card, are refused', async (t) => {
  const { client, to, phoneNumberId } = await setClientStage(t)
  const header = { type: 'image', image: { link } }
  const visit = { name: 'cta_url', parameters: { display_text: 'Shop', url: 'https://example.com' } }
  const reply = { buttons: [{ type: 'quick_reply', quick_reply: { id: 'a', title: 'A' } }] }
  const send = (...actions: object[]) => {
    const cards = actions.map((action, index) => ({ card_index: index, header, action }))
    const interactive = { type: 'carousel', body: { text: 'New in' }, action: { cards } }
    return client.messages.sendInteractiveRaw({ phoneNumberId, to, interactive })
  }
  await send(visit, visit)
  for (const actions of [[visit], [visit, reply], [reply, { buttons: [...reply.buttons, ...reply.buttons] }]])
    assert.equal((await refusal(send(...actions))).code, 131009)
})

test('a flow that is there opens from a message, one that is not is refused', async (t) => {
  const { client, to, phoneNumberId, wabaId } = await setClientStage(t)
  const flow = await client.flows.create({ wabaId, name: 'Survey', categories: ['SURVEY'], flowJson: flowJson() })
  const parameters = { flowId: flow.id, flowCta: 'Open', flowToken: 'token', flowAction: 'navigate' as const }
  const message = { phoneNumberId, to, bodyText: 'A question' }
  const first = { flowActionPayload: { screen: 'WELCOME' } }
  // A flow that is not published opens for tests only.
  await refusal(client.messages.sendInteractiveFlow({ ...message, parameters: { ...parameters, ...first } }))
  const draft = { ...parameters, ...first, mode: 'draft' as const }
  assert.equal((await client.messages.sendInteractiveFlow({ ...message, parameters: draft })).messages.length, 1)
  await client.flows.publish({ flowId: flow.id })
  await client.messages.sendInteractiveFlow({ ...message, parameters: { ...parameters, ...first } })
  await refusal(client.messages.sendInteractiveFlow({ ...message, parameters: { ...draft, flowId: '123' } }))
})

function flowJson() {
  const footer = { type: 'Footer', label: 'Done', onClickAction: { name: 'complete', payload: {} } }
  const layout = { type: 'SingleColumnLayout', children: [{ type: 'TextHeading', text: 'Hello' }, footer] }
  return { version: '7.1', screens: [{ id: 'WELCOME', title: 'Welcome', terminal: true, layout }] }
}
