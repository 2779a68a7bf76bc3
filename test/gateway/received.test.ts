// Messages that came in, found again by the id that they have at WhatsApp.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rawReceived } from '../../src/gateway/received.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import { rawOf } from '../../src/transports/web/receive/raw.ts'
import { FakeClock } from '../suites/fake-clock.ts'
import { arrived } from '../transports/web/send/stand.ts'

function rawFor(id: string, content: Record<string, unknown> = { conversation: 'hi' }): string {
  const raw = rawOf(arrived(id).envelope, content)
  if (!raw.ok) throw new Error(raw.why)
  return raw.json
}

async function recorded(raws: readonly (string | null)[], account = 'shop') {
  const store = await openMemoryStore({ clock: new FakeClock() })
  const about = { type: 'message.received', account, chat: null, data: '{}', at: 1, wanted: false }
  for (let from = 0; from < raws.length; from += 1000) {
    const drafts = raws.slice(from, from + 1000).map((raw) => ({ ...about, raw, origin: null, news: null }))
    await store.events.record(drafts)
  }
  return (transportId: string, of = 'shop') => rawReceived(store, { account: of, transportId })
}

describe('a message that came in', () => {
  it('is found by its own id, and not by those that it quotes or that begin like it', async () => {
    const quoting = rawFor('IN2', { extendedTextMessage: { text: 'x', contextInfo: { stanzaId: 'IN1' } } })
    const find = await recorded([rawFor('IN1'), rawFor('IN10'), quoting, null, '{"entry":[]}', rawFor('a"b\\c')])
    assert.equal(await find('IN1'), rawFor('IN1'))
    assert.equal(await find('IN2'), quoting)
    assert.equal(await find('a"b\\c'), rawFor('a"b\\c'))
    assert.equal(await find('IN'), null)
  })

  it('of another account is not found', async () => {
    const find = await recorded([rawFor('IN1')], 'other')
    assert.deepEqual([await find('IN1'), await find('IN1', 'other')], [null, rawFor('IN1')])
  })

  it('is found among the last 20,000 events, and not before them', async () => {
    const others = Array.from({ length: 20_000 }, () => null)
    const find = await recorded([rawFor('OLD'), rawFor('FIRST'), ...others.slice(1)])
    assert.deepEqual([await find('OLD'), await find('FIRST')], [null, rawFor('FIRST')])
    assert.equal(await (await recorded([]))('IN1'), null)
  })
})
