// What hooks are told of a file that is fetched while its event is delivered.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createLinks } from '../../src/gateway/media/links.ts'
import { createTelling } from '../../src/gateway/media/telling.ts'
import type { Hook } from '../../src/model/hook.ts'
import { openMemoryStore } from '../../src/store/memory/index.ts'
import { FakeClock } from '../suites/fake-clock.ts'
import { draft, mediaDraft } from '../suites/store/parts.ts'

it('a download that ends while a delivery begins to wait for it is not waited for', async () => {
  const clock = new FakeClock()
  const store = await openMemoryStore({ clock })
  const data = JSON.stringify({ message_id: 'm', media: { id: 'x', file_id: 'med_1' } })
  await store.events.record([draft({ data, media: mediaDraft({ id: 'med_1' }) })])
  const event = await store.events.get(1)
  assert.ok(event)
  const waits: (() => void)[] = []
  let looks = 0
  // The download ends right after the delivery has looked for the first time: nobody listens yet.
  const media = {
    ...store.media,
    async get(id: string) {
      const file = await store.media.get(id)
      looks += 1
      if (looks > 1) return file
      await store.media.change(id, { state: 'ready', dueAt: null, readyAt: clock.now(), size: 3 })
      for (const go of waits.splice(0)) go()
      return file
    },
  }
  const telling = createTelling({
    store: { media },
    folder: { path: (id) => id },
    links: createLinks({ key: Buffer.alloc(32), base: () => 'http://here', keptMs: 1000, clock }),
    clock,
    nextTry: (_, ms) =>
      new Promise((resolve) => {
        waits.push(resolve)
        clock.after(ms, resolve)
      }),
    toldWithout: () => assert.fail('the file is there'),
  })
  const told = await telling(event, { media: 'link' } as Hook)
  assert.match(JSON.parse(told.data).media.url, /^http:\/\/here\/media\/med_1\?/)
})
