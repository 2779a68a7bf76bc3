// What a receiver was told, as events, and when there is surely nothing more to come.
import { randomUUID } from 'node:crypto'
import type { NumberSetup } from '../../simulator/meta/index.ts'
import type { Received, Receiver } from '../../simulator/receiver/index.ts'
import { messagesBody, text } from './callback.ts'
import type { Stage } from './stage.ts'

export interface ToldEvent {
  readonly id: string
  readonly type: string
  readonly timestamp: string
  readonly account_id: string
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the tests are about
  readonly data: any
}

export function eventOf(request: Received): ToldEvent {
  return JSON.parse(request.body) as ToldEvent
}

/** All events that came, in their order, repetitions included; without those of accounts and of `allTold`. */
export function eventsOf(receiver: Receiver): ToldEvent[] {
  return receiver.received
    .map(eventOf)
    .filter(({ type, data }) => (!type.startsWith('account.') || data.errors) && !isMark(data))
}

/** Resolves with the first event that fits. */
export async function nextEvent(receiver: Receiver, fits: (event: ToldEvent) => boolean): Promise<ToldEvent> {
  return eventOf(await receiver.next((request) => fits(eventOf(request))))
}

/** For hooks whose order is strict: resolves when everything that was recorded before has been told. */
export async function allTold(stage: Stage, number: NumberSetup, receiver: Receiver): Promise<void> {
  const mark = `wamid.mark-${randomUUID()}`
  await stage.callback(number, messagesBody(number, [text(mark, 'mark', '15559990000')], '15559990000'))
  await receiver.next((request) => request.body.includes(mark))
}

function isMark(data: { message_id?: unknown }): boolean {
  return String(data.message_id).startsWith('wamid.mark-')
}
