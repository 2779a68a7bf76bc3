// Which hooks an event is for.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createMatcher } from '../../src/delivery/match.ts'
import { type Hook, wants } from '../../src/model/hook.ts'
import { makeHook } from './stand.ts'

function hook(no: number, more: Partial<Hook>): Hook {
  return { ...makeHook(more), no }
}

const event = { type: 'message.received', account: 'a', chat: 'x' }

test('the index says the same as asking every hook, for every event', () => {
  const hooks = [
    hook(1, {}),
    hook(2, { events: ['message.*'], accounts: ['b'] }),
    hook(3, { events: ['account.*', 'message.read'], chats: ['x'] }),
    hook(4, { chats: ['y', 'z'] }),
    hook(5, { events: ['presence.updated'] }),
    hook(6, { active: false }),
    hook(7, { events: ['*'], accounts: ['a', 'b'], chats: ['x'] }),
  ]
  const matcher = createMatcher()
  matcher.set(hooks)
  for (const type of ['message.received', 'message.read', 'account.qr', 'presence.updated', 'meta.novel'])
    for (const account of ['a', 'b', 'c'])
      for (const chat of ['x', 'y', 'w', null])
        for (const again of [1, 2]) {
          const asked = { type, account, chat }
          const direct = hooks.filter((one) => one.active && wants(one, asked))
          assert.deepEqual(matcher.match(asked), direct, `${JSON.stringify(asked)} ${again}`)
        }
})

test('a hook that was changed is matched as it is now', () => {
  const matcher = createMatcher()
  matcher.set([hook(1, {})])
  assert.equal(matcher.match(event).length, 1)
  matcher.set([hook(1, { active: false })])
  assert.equal(matcher.match(event).length, 0)
  matcher.set([hook(1, { chats: ['y'] })])
  assert.equal(matcher.match(event).length, 0)
  assert.equal(matcher.match({ ...event, chat: 'y' }).length, 1)
})

test('types that nobody has heard of do not fill the memory', () => {
  const matcher = createMatcher()
  matcher.set([hook(1, { events: ['meta.*'] })])
  for (let index = 0; index < 25_000; index += 1)
    assert.equal(matcher.match({ ...event, type: `meta.${index}` }).length, 1)
})
