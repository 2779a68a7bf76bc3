// Callbacks as Meta would send them, made by hand where the simulated Meta would not send such a thing.
import { createHmac } from 'node:crypto'
import type { NumberSetup } from '../../simulator/meta/index.ts'

/** Meta's signature over a body. */
export function sign(body: string | Uint8Array, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`
}

/** POSTs to the account's callback; signed for the number unless another signature, or null for none, is given. */
export async function postCallback(
  url: string,
  {
    number,
    body,
    signature = sign(body, number.appSecret),
  }: { number: NumberSetup; body: string; signature?: string | null | undefined },
): Promise<number> {
  const path = number.callbackUrl === undefined ? '' : new URL(number.callbackUrl).pathname
  const headers = {
    'content-type': 'application/json',
    ...(signature !== null && { 'x-hub-signature-256': signature }),
  }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}

/** The body of a callback with these messages from one customer. */
export function messagesBody(number: NumberSetup, messages: readonly unknown[], from = '15550001111'): string {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: number.displayPhoneNumber, phone_number_id: number.phoneNumberId },
    contacts: [{ profile: { name: 'Zoe' }, wa_id: from }],
    messages,
  }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: number.wabaId, changes: [{ field: 'messages', value }] }],
  })
}

/** A text message of a customer. */
export function text(id: string, body = 'hi', from = '15550001111'): Record<string, unknown> {
  return { from, id, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body } }
}
