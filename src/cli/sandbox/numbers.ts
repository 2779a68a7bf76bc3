// The two numbers of the sandbox: how each becomes an account that is connected, and who writes to it.
import { ADA, LINKED, PHONE, SHOP, ZOE } from './cast.ts'
import type { Stage } from './stage.ts'
import type { Step } from './steps.ts'
import { type Correspondent, told } from './there-and-back.ts'
import type { SimulatedWhatsApp } from './whatsapp.ts'

/** A number of Meta's Cloud API: known to Meta, its callback verified. */
export async function addCloudNumber({ api, meta, number }: Stage, step: Step): Promise<Correspondent> {
  const business_api = {
    phone_number_id: number.phoneNumberId,
    access_token: number.token,
    app_secret: number.appSecret,
    verify_token: number.verifyToken,
  }
  await api.addAccount({ id: SHOP, type: 'business-api', business_api })
  const { state, phone_number } = await api.getAccountStatus({ id: SHOP })
  step(`account "${SHOP}" is ${state}: ${phone_number}`)
  await meta.verifyCallback(number.phoneNumberId)
  step('the simulated Meta verified the callback address')
  const customer = meta.customer(ADA, { name: 'Ada' })
  return {
    account: SHOP,
    who: 'the customer',
    sent: 'the simulated Meta took the reply',
    writes: async (text) => void customer.says(text),
    async reads(messageId) {
      await meta.settled()
      customer.reads(messageId)
    },
  }
}

/** A number on WhatsApp Web: its phone scans the code that the API shows. */
export async function linkPhone(stage: Stage, whatsapp: SimulatedWhatsApp, step: Step): Promise<Correspondent> {
  const { api } = stage
  await api.addAccount({ id: LINKED, type: 'whatsmeow' })
  step(`account "${LINKED}" is ${(await api.getAccountStatus({ id: LINKED })).state}: it waits for its phone`)
  const { qr } = await api.getPairingQr({ id: LINKED })
  step('the API shows the QR code')
  await whatsapp.tell(`phones/${PHONE}/scans`, { qr })
  step('the simulated phone scanned it')
  await told(stage, LINKED, 'account.connected')
  const { state, phone_number } = await api.getAccountStatus({ id: LINKED })
  step(`account "${LINKED}" is ${state}: ${phone_number}`)
  return {
    account: LINKED,
    who: 'the friend',
    sent: 'the simulated WhatsApp took the reply, typed like a person',
    writes: (text) => whatsapp.tell(`phones/${ZOE}/says`, { to: PHONE, text }),
    reads: (messageId) => whatsapp.tell(`phones/${ZOE}/reads`, { from: PHONE, ids: [messageId] }),
  }
}
