// One stage for tests of what surrounds messages: a simulator, a device of the real library that can reach its files, and people.
import { Agent as HttpsAgent } from 'node:https'
import type { BaileysEventMap, UserFacingSocketConfig } from 'baileys'
import { Agent, buildConnector, Dispatcher1Wrapper } from 'undici'
import type { MediaStore, WhatsAppSimulator } from '../../../simulator/whatsapp/index.ts'
import { type Client, linked, prepareLibrary, startTrusted } from './client.ts'

export const [ME, ALICE, BOB] = ['15550000001', '15551234567', '15557654321']
export const pn = (number: string) => `${number}@s.whatsapp.net`
export const lid = (number: string) => `990${number.padStart(12, '0')}@lid`

export type Stage = {
  whatsapp: WhatsAppSimulator
  client: Client
  options: Partial<UserFacingSocketConfig>
  end(): Promise<void>
}

/** Me with one linked device, Alice and Bob with phones. */
export async function setStage(more: Partial<UserFacingSocketConfig> = {}): Promise<Stage> {
  prepareLibrary()
  const whatsapp = await startTrusted()
  const me = whatsapp.phone(ME, { name: 'Me' })
  whatsapp.phone(ALICE, { name: 'Alice' })
  whatsapp.phone(BOB, { name: 'Bob' })
  const reach = reaching(whatsapp.media)
  const options = { ...reach.options, ...more }
  const client = await linked(whatsapp, me, options)
  return {
    ...{ whatsapp, client, options },
    async end() {
      client.end()
      await whatsapp.close()
      await reach.end()
    },
  }
}

/** Lets the library reach the media hosts, and nothing else. Files that only have a path it looks for at WhatsApp's own host. */
function reaching({ host, ca }: MediaStore) {
  const [hostname = '', port = ''] = host.split(':')
  const connect = buildConnector({ ca })
  const agent = new Agent({
    connect(wanted, callback) {
      const isOurs = wanted.hostname === 'mmg.whatsapp.net' || wanted.host === host || wanted.hostname === hostname
      if (isOurs) connect({ ...wanted, hostname, port, servername: 'localhost' }, callback)
      else callback(new Error(`nobody is to ask ${wanted.hostname}`), null)
    },
  })
  const uploads = new HttpsAgent({ ca })
  return {
    // Node's own fetch, which the library uses, speaks the older handlers.
    options: { options: { dispatcher: new Dispatcher1Wrapper(agent) } as never, fetchAgent: uploads },
    async end() {
      uploads.destroy()
      await agent.destroy()
    },
  }
}

/** The first event of that name that matches, now or as soon as it comes. */
export function told<Name extends keyof BaileysEventMap>(
  client: Client,
  name: Name,
  match: (event: BaileysEventMap[Name]) => boolean = () => true,
): Promise<BaileysEventMap[Name]> {
  const look = () =>
    client.events.flatMap((update) => (update[name] === undefined ? [] : [update[name]!])).find((event) => match(event))
  return client.until(look, `${name}`)
}

/** The message of that id, as the device got it. */
export const got = (client: Client, id: string) =>
  client.until(() => client.messages.find(({ key }) => key.id === id), `the message ${id}`)
