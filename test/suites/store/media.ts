// The contract of files that came with messages.
import assert from 'node:assert/strict'
import type { MediaFile } from '../../../src/model/media.ts'
import type { OpenStore } from '../store.ts'
import { DAY, draft, HOUR, mediaDraft, news, recordMany, START, storeTest } from './parts.ts'

const ids = (files: readonly MediaFile[]): string[] => files.map((file) => file.id)
/** A draft with a file of this id. */
const withFile = (id: string, change: object = {}) => draft({ media: mediaDraft({ id }), ...change })
const ready = (readyAt: number) => ({ state: 'ready', dueAt: null, readyAt }) as const

export function mediaTests(open: OpenStore): void {
  storeTest(
    open,
    'a file is recorded with its event, waiting, and is there after a kill',
    async ({ store, reopen }) => {
      const media = mediaDraft({ mimeType: null, size: null, sha256: null, filename: 'résumé.pdf' })
      assert.deepEqual(await store.events.record([draft(), draft({ media, account: 'other', at: START + 7 })]), [1, 2])
      const later = (await reopen?.()) ?? store
      const file = await later.media.get('med_1')
      const waits = { state: 'waiting', reason: null, told: null, tries: 0, dueAt: START + 7, readyAt: null }
      assert.deepEqual({ ...file }, { ...media, account: 'other', event: 2, ...waits, createdAt: START + 7 })
      assert.deepEqual(await later.media.ofEvent(2), file)
      assert.equal(await later.media.ofEvent(1), null)
      assert.equal(await later.media.get('med_2'), null)
      if (later !== store) await later.close()
    },
  )

  storeTest(open, 'the file of an event that was told before is not recorded', async ({ store }) => {
    await store.messages.begin(
      { id: 'msg_1', account: 'main', chat: 'anna', kind: 'text', content: '{}', status: 'sending', createdAt: START },
      null,
    )
    const origin = { at: START, key: 'm:1:wamid.A' }
    const told = [withFile('med_1', { origin }), withFile('med_2', { origin })]
    assert.deepEqual(await store.events.record(told), [1, 0])
    const sent = [withFile('med_3', { news: news() }), withFile('med_4', { news: news() })]
    assert.deepEqual(await store.events.record(sent), [2, 0])
    assert.deepEqual(ids(await store.media.waiting(10)), ['med_1', 'med_3'])
  })

  storeTest(
    open,
    'an event is recorded also when the id of its file is taken, and that row stays',
    async ({ store }) => {
      await store.events.record([withFile('med_1')])
      assert.deepEqual(await store.events.record([withFile('med_1', { account: 'other' }), draft()]), [2, 3])
      assert.deepEqual(
        [(await store.media.get('med_1'))?.event, (await store.media.get('med_1'))?.account],
        [1, 'main'],
      )
    },
  )

  storeTest(open, 'a change replaces what it names and nothing else', async ({ store }) => {
    await store.events.record([withFile('med_1'), withFile('med_2')])
    const before = await store.media.get('med_1')
    await store.media.change('med_1', { reason: 'Meta answered 500', tries: 1, dueAt: START + HOUR })
    const tried = { ...before, reason: 'Meta answered 500', tries: 1, dueAt: START + HOUR }
    assert.deepEqual({ ...(await store.media.get('med_1')) }, tried)
    const got = { ...ready(START + DAY), reason: null, tries: 2, size: 9, sha256: 'cd', mimeType: 'image/png' }
    await store.media.change('med_1', got)
    assert.deepEqual({ ...(await store.media.get('med_1')) }, { ...tried, ...got })
    assert.deepEqual(ids(await store.media.waiting(10)), ['med_2'])
    await store.media.change('med_none', ready(START))
    assert.equal(await store.media.get('med_none'), null)
  })

  storeTest(open, 'what hooks were told first holds, also when it was nothing', async ({ store, reopen }) => {
    await store.events.record([withFile('med_1'), withFile('med_2')])
    const told = await Promise.all(['', 'It is too large', ''].map((text) => store.media.tell('med_1', text)))
    assert.deepEqual(told, ['', '', ''])
    assert.equal(await store.media.tell('med_2', 'It is too large'), 'It is too large')
    const later = (await reopen?.()) ?? store
    assert.equal(await later.media.tell('med_2', ''), 'It is too large')
    assert.equal((await later.media.get('med_1'))?.told, '')
    assert.equal(await later.media.tell('med_none', 'It is gone'), 'It is gone')
    if (later !== store) await later.close()
  })

  storeTest(open, 'waiting files come earliest due first, those due at once as they came', async ({ store }) => {
    await store.events.record(['med_d', 'med_a', 'med_c', 'med_b', 'med_e'].map((id) => withFile(id)))
    await store.media.change('med_d', { dueAt: START + 9 })
    await store.media.change('med_c', { dueAt: START - 1 })
    await store.media.change('med_e', ready(START))
    assert.deepEqual(ids(await store.media.waiting(10)), ['med_c', 'med_a', 'med_b', 'med_d'])
    assert.deepEqual(ids(await store.media.waiting(2)), ['med_c', 'med_a'])
  })

  storeTest(open, 'kept files come oldest first, only those kept before the time', async ({ store }) => {
    await store.events.record(['med_1', 'med_2', 'med_3', 'med_4', 'med_5'].map((id) => withFile(id)))
    await store.media.change('med_1', ready(START + 30))
    await store.media.change('med_2', ready(START + 10))
    await store.media.change('med_3', ready(START + 20))
    await store.media.change('med_4', { ...ready(START + 5), state: 'expired' })
    assert.deepEqual(ids(await store.media.kept(START + 30, 10)), ['med_2', 'med_3'])
    assert.deepEqual(ids(await store.media.kept(START + 99, 2)), ['med_2', 'med_3'])
  })

  storeTest(open, "an account's files are found in every state, and forgotten by id", async ({ store }) => {
    const files = ['med_1', 'med_2', 'med_3'].map((id) => withFile(id, { account: 'other' }))
    await store.events.record([...files, withFile('med_4')])
    await store.media.change('med_2', ready(START))
    assert.deepEqual(ids(await store.media.ofAccount('other', 10)), ['med_1', 'med_2', 'med_3'])
    assert.deepEqual(ids(await store.media.ofAccount('other', 2)), ['med_1', 'med_2'])
    await store.media.forget(['med_1', 'med_2', 'med_none'])
    await store.media.forget([])
    assert.deepEqual(ids(await store.media.ofAccount('other', 10)), ['med_3'])
    assert.equal(await store.media.ofEvent(1), null)
    assert.equal((await store.media.get('med_4'))?.account, 'main')
  })

  storeTest(open, 'pruning forgets old files that are neither waiting nor ready', async ({ store }) => {
    await store.events.record(['med_1', 'med_2', 'med_3', 'med_4'].map((id) => withFile(id)))
    await store.events.record([withFile('med_5', { at: START + 1 })])
    for (const id of ['med_1', 'med_2', 'med_5']) await store.media.change(id, { state: 'refused', dueAt: null })
    await store.media.change('med_3', ready(START))
    await store.media.change('med_1', { state: 'expired' })
    assert.equal(await store.media.prune(START, 10), 0)
    assert.equal(await store.media.prune(START + 1, 1), 1)
    assert.equal(await store.media.prune(START + 1, 10), 1)
    const left = await store.media.ofAccount('main', 10)
    assert.deepEqual(ids(left), ['med_3', 'med_4', 'med_5'])
  })

  storeTest(open, 'a file outlives its event', async ({ store }) => {
    await store.events.record([withFile('med_1')])
    await recordMany(store, 1)
    assert.equal(await store.events.prune(START + 1, 0, 10), 2)
    assert.deepEqual(ids(await store.media.waiting(10)), ['med_1'])
  })
}
