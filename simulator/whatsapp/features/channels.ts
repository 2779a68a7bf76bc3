// Channels ("newsletters"): messages in the clear, by whoever runs the channel, to the linked devices of who follows it.
import { proto } from 'baileys'
import { keepLast, mostMessages } from '../bounds.ts'
import { newMessageId, typeOf } from '../phones/sending.ts'
import type { Account } from '../state.ts'
import { deliver } from '../traffic/queue.ts'
import { addressOf, bytesOf, child, stanza } from '../wire/stanza.ts'
import { companionsOf, stamp, type World } from '../world.ts'

/** What a linked device wrote into a channel. */
export type Published = { by: string; channel: string; id: string; content: proto.IMessage }

export type Channels = {
  /** Something appears in a channel (`120363…@newsletter`), and these follow it. Answers the message's id. */
  says(channel: string, followers: readonly Account[], content: proto.IMessage): string
  /** What linked devices published, oldest first. */
  readonly published: Published[]
}

export function openChannels(world: World): Channels {
  const published: Published[] = []
  let count = 99
  world.news.on('heard', (what, companion) => {
    const { to = '', id = '' } = what.attrs
    const plain = child(what, 'plaintext')
    if (what.tag !== 'message' || !companion || !plain || addressOf(to).server !== 'newsletter') return
    const content = proto.Message.decode(bytesOf(plain))
    keepLast(published, { by: companion.account.number, channel: to, id, content }, mostMessages)
  })
  return {
    published,
    says(channel, followers, content) {
      if (addressOf(channel).server !== 'newsletter') throw new Error(`${channel} is no channel`)
      const id = newMessageId()
      count += 1
      const attrs = { from: channel, id, server_id: String(count), t: stamp(world), type: typeOf(content) }
      const plain = stanza('plaintext', {}, Buffer.from(proto.Message.encode(content).finish()))
      for (const companion of followers.flatMap(companionsOf)) deliver(companion, stanza('message', attrs, [plain]))
      return id
    },
  }
}
