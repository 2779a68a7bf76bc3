// What a receiver was told, as events, and when there is surely nothing more to come.
import { randomUUID } from 'node:crypto'
import type { NumberSetup } from '../../simulator/meta/index.ts'
import type { Received, Receiver } from '../../simulator/receiver/index.ts'
import { seqOfEventId } from '../../src/model/event.ts'
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

/** Resolves with the first event that fits; never with one of `allTold`. */
export async function nextEvent(receiver: Receiver, fits: (event: ToldEvent) => boolean): Promise<ToldEvent> {
  const isIt = (event: ToldEvent): boolean => !isMark(event.data) && fits(event)
  return eventOf(await receiver.next((request) => isIt(eventOf(request))))
}

/**
 * For hooks that get everything: resolves when all that was recorded so far, from the first event that came on, has
 * been told. An event's id holds its place in the log, and places have no gaps.
 */
export async function allTold(stage: Stage, number: NumberSetup, receiver: Receiver): Promise<void> {
  const mark = `wamid.mark-${randomUUID()}`
  await stage.callback(number, messagesBody(number, [text(mark, 'mark', '15559990000')], '15559990000'))
  const last = placeOf(await receiver.next((request) => request.body.includes(mark)))
  const places = () => new Set(receiver.received.map(placeOf))
  const isWhole = () => {
    const there = [...places()].filter((place) => place <= last)
    return there.length === last - Math.min(...there) + 1
  }
  if (!isWhole()) await receiver.next(isWhole)
}

function placeOf({ headers }: Received): number {
  return seqOfEventId(String(headers['webhook-id'])) ?? 0
}

function isMark(data: { message_id?: unknown }): boolean {
  return String(data.message_id).startsWith('wamid.mark-')
}
