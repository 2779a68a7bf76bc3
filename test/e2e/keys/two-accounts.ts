// Two accounts with everything that an account can have, and the words by which either would be recognised.

import type { NumberSetup } from '../../../simulator/meta/index.ts'
import { messagesBody, text } from '../callback.ts'
import { until } from '../conditions.ts'
import { eventOf } from '../events.ts'
import { type Stage, settingsOf } from '../stage.ts'
import type { Ids } from './walk.ts'

export interface Standing extends Ids {
  readonly number: NumberSetup
  /** A hook that takes everything. */
  readonly takes: string
  /** The link to a file that came in. */
  readonly link: string
  /** All events that were recorded of it. */
  readonly events: readonly string[]
  readonly deliveries: readonly string[]
  /** Texts that no stranger is to see: ids, numbers, words, addresses. */
  readonly canaries: readonly string[]
}

const FILE = { bytes: Buffer.from('%PDF-1.7 not much of one'), mimeType: 'application/pdf' }

/**
 * An account with a hook that takes everything, one whose deliveries are dead, cached events that nobody wanted, a message that was sent and a
 * file that came. `name` is in all names, `digit` in all numbers.
 */
export async function stand(stage: Stage, name: string, digit: string): Promise<Standing> {
  const { api, meta } = stage
  const account = `${name}-shop`
  const number = await addAccount(stage, name, digit)
  const customer = `1555${digit.repeat(7)}`
  const failing = { events: ['message.received'], retry: { delays: [1], give_up_after: 1 }, accounts: [account] }
  const dead = await stage.addHook(`${name}-dead`, { answer: () => ({ status: 500, body: `${name} is out` }) }, failing)
  const takes = await stage.addHook(
    `${name}-takes`,
    {},
    { accounts: [account], headers: { 'X-Who': `${name}-header` } },
  )
  await stage.callback(number, messagesBody(number, [text(`wamid.${name}.1`, `secret of ${name}`, customer)], customer))
  meta.customer(customer).sendsMedia('document', { ...FILE, filename: `${name}.pdf` }, number.phoneNumberId)
  const told = eventOf(await takes.next(({ body }) => body.includes(`${name}.pdf`)))
  const { message_id: message } = await api.sendMessage({ account_id: account, to: `+${customer}`, text: `to ${name}` })
  const { message_id: wamid } = await api.sendMessage({
    account_id: account,
    to: `+${customer}`,
    text: `again ${name}`,
  })
  const isDead = async () => (await api.listDeliveries({ hook: `${name}-dead`, state: 'dead' })).deliveries.length === 2
  await until(isDead, 'the deliveries are dead')
  await meta.settled()
  const { deliveries } = await api.listDeliveries({ limit: 1000 })
  const mine = deliveries.filter(({ account_id }) => account_id === account)
  const first = mine.find(({ state }) => state === 'dead') ?? mine[0]
  const events = [...new Set(mine.map(({ event_id }) => event_id))]
  const { id: ourId, transport_id } = await api.getMessage({ id: message })
  return {
    ...{
      account,
      hook: `${name}-dead`,
      takes: `${name}-takes`,
      number,
      message: ourId,
      link: told.data.media.url,
      events,
    },
    ...{ delivery: first?.id ?? '', event: first?.event_id ?? '', deliveries: mine.map(({ id }) => id) },
    ...{ phoneNumberId: number.phoneNumberId, media: told.data.media.id, key: `key_${name}` },
    canaries: [
      ...[account, name, number.phoneNumberId, number.wabaId, number.displayPhoneNumber.replace(/\D/g, ''), customer],
      ...[number.token, number.appSecret, number.verifyToken, `${name}-verify`, told.data.media.file_id, wamid],
      ...[message, ourId, transport_id ?? message, told.data.media.id, new URL(dead.url).host, new URL(takes.url).host],
      ...events,
      ...mine.map(({ id }) => id),
    ],
  }
}

async function addAccount(stage: Stage, name: string, digit: string): Promise<NumberSetup> {
  const account = `${name}-shop`
  const number = stage.meta.addNumber({
    displayPhoneNumber: `+1 555 ${digit.repeat(3)} 00${digit.repeat(2)}`,
    verifiedName: `${name} & sons`,
    appSecret: `${name}-app-secret-${digit.repeat(20)}`,
    verifyToken: `${name}-verify`,
    callbackUrl: `${stage.url}/webhooks/whatsapp/${account}`,
  })
  const business_api = settingsOf(number)
  await stage.api.addAccount({ id: account, type: 'business-api', business_api, media: { download: true } })
  await stage.meta.verifyCallback(number.phoneNumberId)
  return number
}
