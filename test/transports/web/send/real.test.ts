// What a linked device sends, over the real client library: read on the phones that it goes to.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type BinaryNode, getBinaryNodeChildren } from 'baileys'
import { type Client, linked } from '../../../simulator/whatsapp/client.ts'
import { ANN, BEN, OWN, type RealStand, realStand } from './real-stand.ts'
import { isFailure, isSendError, recorded, say } from './stand.ts'

let at: RealStand
before(async () => {
  at = await realStand({ ackWithinMs: 1500, connectWithinMs: 250 })
})
after(() => at.close())

/** The content of the message as it came to Ann's phone, without what only the protocol needs. */
async function heardByAnn(id: string): Promise<Wire> {
  const { content } = await at.at(at.ann, id)
  const { messageContextInfo: _, ...said } = content as unknown as Wire
  return said
}

function repeated(id: string) {
  return at.ann.hears((one) => one.id === id && one.repeated, { what: 'the message again' })
}

describe('a person', () => {
  it('reads a text, and so does our own phone', async () => {
    const id = await at.send(say('hello Ann'))
    assert.match(id, /^3EB0[0-9A-F]{18}$/)
    assert.equal((await at.at(at.ann, id)).text, 'hello Ann')
    const copy = await at.at(at.own, id)
    assert.equal(copy.own, true)
    assert.equal(copy.text, 'hello Ann')
  })

  it('is told what a text answers', async () => {
    const asked = await at.ann.says(at.own.number, 'how much is it?')
    await at.came(asked)
    const { extendedTextMessage } = (await heardByAnn(
      await at.send(say('ten'), { replyTo: asked }),
    )) as unknown as Replying
    assert.equal(extendedTextMessage.contextInfo.stanzaId, asked)
    assert.equal(extendedTextMessage.contextInfo.quotedMessage.conversation, 'how much is it?')
    assert.equal(extendedTextMessage.contextInfo.remoteJid ?? null, null)
    assert.match(extendedTextMessage.contextInfo.participant, new RegExp(`^(${at.ann.pn}|${at.ann.lid})$`))
  })

  it('is told of a text of ours that is answered, and of one that nobody remembers', async () => {
    const first = await at.send(say('first'))
    const ours = (await heardByAnn(await at.send(say('second'), { replyTo: first }))) as unknown as Replying
    assert.equal(ours.extendedTextMessage.contextInfo.stanzaId, first)
    assert.equal(ours.extendedTextMessage.contextInfo.quotedMessage.extendedTextMessage?.text, 'first')
    const old = (await heardByAnn(await at.send(say('well'), { replyTo: '3EB0LONGAGO' }))) as unknown as Replying
    assert.equal(old.extendedTextMessage.contextInfo.stanzaId, '3EB0LONGAGO')
  })

  it('sees a place, and cards', async () => {
    const place = { kind: 'location', latitude: -33.5, longitude: 18.25, name: 'Shop', address: 'Main St' } as const
    const { locationMessage } = await heardByAnn(await at.send(place))
    const { degreesLatitude, degreesLongitude, name, address } = locationMessage as Record<string, unknown>
    assert.deepEqual([degreesLatitude, degreesLongitude, name, address], [-33.5, 18.25, 'Shop', 'Main St'])
    const card = (formatted_name: string) => ({ name: { formatted_name }, phones: [{ phone: '+15551234567' }] })
    const one = await heardByAnn(await at.send({ kind: 'contacts', contacts: [card('Ben')] }))
    assert.match((one.contactMessage as { vcard: string }).vcard, /\nFN:Ben\n/)
    const two = await heardByAnn(await at.send({ kind: 'contacts', contacts: [card('Ben'), card('Eve')] }))
    assert.equal((two.contactsArrayMessage as { contacts: unknown[] }).contacts.length, 2)
  })

  it('sees a reaction to a message of hers, and to one of ours', async () => {
    const theirs = await at.ann.says(at.own.number, 'nice shop')
    await at.came(theirs)
    const ours = await at.send(say('thank you'))
    for (const [messageId, fromMe] of [
      [theirs, false],
      [ours, true],
    ] as const) {
      const { reactionMessage } = await heardByAnn(await at.send({ kind: 'reaction', messageId, emoji: '❤️' }))
      const { key, text } = reactionMessage as { key: { id: string; fromMe: boolean }; text: string }
      assert.deepEqual([key.id, key.fromMe, text], [messageId, fromMe, '❤️'])
    }
  })

  it('sees that her messages were read', async () => {
    const first = await at.ben.says(at.own.number, 'one')
    const second = await at.ben.says(at.own.number, 'two')
    await Promise.all([at.came(first), at.came(second)])
    await at.sender.markRead(second)
    const wasRead = (id: string) =>
      at.sim.server.receipts().some(({ type, ids }) => /^read/.test(type) && ids.includes(id))
    await at.sim.server.wait(() => wasRead(first) && wasRead(second), { what: 'a read receipt' })
  })

  it('sees that we type, before the text', async () => {
    const heard: string[] = []
    const stop = at.sim.server.on('heard', ({ tag, attrs, content }) => {
      if (tag === 'message') heard.push('message')
      if (tag === 'chatstate' && Array.isArray(content)) heard.push(`${content[0]?.tag} ${attrs.to}`)
    })
    await at.send(say('typed'))
    stop()
    assert.deepEqual(heard, [`composing ${at.ann.pn}`, `paused ${at.ann.pn}`, 'message'])
  })

  it('who is known by LID alone gets it', async () => {
    const id = await at.send(say('by LID'), { chat: at.ben.lid })
    assert.equal((await at.at(at.ben, id)).text, 'by LID')
  })

  it('who could not read a message gets it again', async () => {
    const id = await at.send(say('again, please'))
    await at.at(at.ann, id)
    await at.ann.asksAgain(id)
    assert.equal((await repeated(id)).text, 'again, please')
  })

  it('who could not read a message gets it again also after a restart, from what was recorded', async () => {
    const id = await at.send(say('once more'))
    await at.at(at.ann, id)
    at.records.set(id, recorded(say('once more'), { chat: ANN, transportId: id }))
    await at.restart()
    at.asked.length = 0
    await at.ann.asksAgain(id)
    assert.equal((await repeated(id)).text, 'once more')
    assert.ok(at.asked.includes(id))
  })

  it('who wants messages to vanish gets one that does, until that is off again', async () => {
    const timer = async (ephemeralExpiration: number) => {
      const setting = { protocolMessage: { type: 3, ephemeralExpiration } }
      await at.came(await at.ann.says(at.own.number, setting))
      return ((await heardByAnn(await at.send(say('hush')))) as unknown as Replying).extendedTextMessage
    }
    assert.equal((await timer(86_400)).contextInfo.expiration, 86_400)
    assert.equal((await timer(0)).contextInfo?.expiration ?? null, null)
  })

  it('who is not on WhatsApp is not written to', async () => {
    const refused = isSendError({ outcome: 'refused', callersFault: true }, /\+15559990000 is not on WhatsApp/)
    await assert.rejects(at.send(say('x'), { chat: '15559990000' }), refused)
  })

  it('is not looked up while WhatsApp throttles that', async () => {
    at.sim.phone('15559991111')
    at.sim.server.throttlesLookups(1)
    const throttled = isSendError({ outcome: 'refused', retryAfterMs: 60_000 }, /rate-overlimit/)
    await assert.rejects(at.send(say('x'), { chat: '15559991111' }), throttled)
    await at.send(say('x'), { chat: '15559991111' })
  })
})

describe('a device of a person', () => {
  let annas: Client
  before(async () => {
    annas = await linked(at.sim, at.ann)
  })
  after(() => annas.end())

  const came = (client: Client, id: string) =>
    client.until(() => client.messages.find(({ key, message }) => key.id === id && message), id)
  const times = (client: Client, id: string) =>
    client.stanzas.filter(({ tag, attrs }) => tag === 'message' && attrs.id === id).length

  describe('that was linked since their list was read', () => {
    const dora = () => at.sim.phone('15553334444')
    const known = (client: Client, id: string) => [
      times(client, id),
      dora()
        .inbox()
        .filter((one) => one.id === id).length,
    ]
    let group: string
    before(async () => {
      // Word of new devices comes to those who have written to each other: not to us.
      group = at.sim.groups.create({ subject: 'Club', creator: at.own.number, members: [ANN, dora().number] }).id
      await at.at(dora(), await at.send(say('for one'), { chat: group }))
    })

    it('gets a message to a group after all', async () => {
      const second = await linked(at.sim, dora(), { maxMsgRetryCount: 0 })
      at.sim.server.holdsAcks()
      const stop = at.sim.server.on('heard', ({ tag, attrs: { id = '', participant } }) => {
        if (tag !== 'message' || participant) return
        const attrs = { class: 'message', id, from: group, t: '1', phash: '2:AAAAAAAA' }
        at.sim.server.sends({ phone: OWN, id: at.own.companions()[0]!.id }, { tag: 'ack', attrs })
      })
      const id = await at.send(say('for two'), { chat: group })
      stop()
      at.sim.server.releasesAcks()
      assert.equal((await came(second, id)).message?.extendedTextMessage?.text, 'for two')
      const next = await at.send(say('and then'), { chat: group })
      await came(second, next)
      assert.deepEqual(
        [...known(second, id), ...known(second, next)],
        [2, 1, 1, 1],
        'the key, and what it was missing for',
      )
      second.end()
    })

    it('gets one to the person after all, and the others get it once', async () => {
      const third = await linked(at.sim, dora(), { maxMsgRetryCount: 0 })
      const id = await at.send(say('for three'), { chat: dora().lid })
      assert.equal((await came(third, id)).message?.extendedTextMessage?.text, 'for three')
      const next = await at.send(say('and then'), { chat: dora().lid })
      await came(third, next)
      assert.deepEqual([...known(third, id), ...known(third, next)], [1, 1, 1, 1])
      third.end()
    })
  })

  it('gets nothing twice when the phone alone could not read it', async () => {
    const id = await at.send(say('for your phone'))
    await came(annas, id)
    await at.at(at.own, id)
    await at.ann.asksAgain(id)
    await repeated(id)
    const next = await at.send(say('and then'))
    await came(annas, next)
    assert.equal(times(annas, id), 1)
    await at.at(at.own, next)
    assert.equal(at.own.inbox().filter((one) => one.id === id).length, 1)
  })

  it('gets it once more that could not read it, and no other does', async () => {
    const id = await at.send(say('for your browser'))
    await came(annas, id)
    const retry = { tag: 'retry', attrs: { count: '1', id, t: '1', v: '1' } }
    const registration = { tag: 'registration', attrs: {}, content: Buffer.alloc(4) }
    const attrs = { id, to: at.own.companions()[0]!.jid, type: 'retry' }
    await annas.socket().sendNode({ tag: 'receipt', attrs, content: [retry, registration] })
    await annas.until(() => times(annas, id) > 1, 'it once more')
    const next = await at.send(say('and then'))
    await came(annas, next)
    await at.at(at.ann, next)
    assert.equal(times(annas, id), 2)
    assert.equal(at.ann.inbox().filter((one) => one.id === id).length, 1)
  })
})

describe('who is no longer in a group', () => {
  const group = (members: string[]) => at.sim.groups.create({ subject: 'Club', creator: at.own.number, members }).id
  /** What went to the group, as it would come to a member's device. */
  const sealedIn = async (id: string, text: string) => {
    const sent: BinaryNode[] = []
    const stop = at.sim.server.on('heard', (stanza) => {
      if (stanza.tag === 'message') sent.push(stanza as BinaryNode)
    })
    const message = await at.send(say(text), { chat: id })
    assert.equal((await at.at(at.ann, message)).text, text)
    stop()
    const body = getBinaryNodeChildren(sent[0], 'enc').find(({ attrs }) => attrs.type === 'skmsg')
    return { message, asked: { group: id, authorJid: at.own.companions()[0]!.lid, msg: body?.content as Uint8Array } }
  }

  for (const [how, goes] of [
    ['left', (id: string) => void at.sim.groups.change(id, BEN, { is: 'leave' })],
    ['unlinked the device', () => at.ben.unlinks()],
  ] as const) {
    it(`cannot read on (${how})`, async () => {
      const bens = await linked(at.sim, at.ben)
      const id = group([ANN, BEN])
      const { message } = await sealedIn(id, 'with Ben')
      await bens.until(() => bens.messages.find(({ key, message: said }) => key.id === message && said), 'it')
      const { signalRepository } = bens.socket()
      goes(id)
      await at.sim.server.wait(() => at.own.companions()[0]?.waiting.length === 0, { what: 'word of it' })
      const { asked } = await sealedIn(id, 'without')
      await assert.rejects(signalRepository.decryptGroupMessage(asked), /No session found to decrypt message/)
      bens.end()
    })
  }

  it('gets nothing of it by asking again', async () => {
    const id = group([ANN, BEN])
    const { message } = await sealedIn(id, 'with Ben')
    at.sim.groups.change(id, BEN, { is: 'leave' })
    const heard: string[] = []
    const stop = at.sim.server.on('heard', ({ tag, attrs }) => void heard.push(`${tag} ${attrs.class ?? attrs.id}`))
    await at.ben.asksAgain(message)
    await at.sim.server.wait(() => heard.includes('ack receipt'), { what: 'the answer' })
    stop()
    assert.ok(!heard.includes(`message ${message}`))
  })
})

describe('WhatsApp', () => {
  const answers = async (code: string, words: RegExp, retryAfterMs: number | null) => {
    at.sim.server.answersAck(code)
    try {
      await assert.rejects(at.send(say('x'), { chat: BEN }), isSendError({ outcome: 'refused', retryAfterMs }, words))
    } finally {
      at.sim.server.answersAck(null)
    }
  }

  it('refuses a message with 479, 421 and 429', async () => {
    await answers('479', /\(479\)/, 60_000)
    await answers('421', /\(421\)/, 10_000)
    await answers('429', /\(429\)/, 60_000)
  })

  it('restricts the number with 463, and the line is told', async () => {
    await answers('463', /\(463\).*may not begin new chats/, null)
    assert.equal(at.restricted.length, 1)
  })

  it('that says nothing leaves the message lost, and a later receipt still tells of it', async () => {
    at.sim.server.holdsAcks()
    try {
      await assert.rejects(at.send(say('lost?')), isSendError({ outcome: 'lost' }, /did not say within/))
    } finally {
      at.sim.server.releasesAcks()
    }
    const { id } = await at.ann.hears(({ text }) => text === 'lost?')
    at.ann.reads(at.own.number, [id])
    await at.sim.server.wait(() => at.receipts.some(({ ids, type }) => type === 'read' && ids.includes(id)), {
      what: 'the receipt',
    })
  })
})

describe('a connection that ends before the ack', () => {
  it('leaves the message lost', async () => {
    at.sim.server.holdsAcks()
    const sending = at.send(say('gone'))
    sending.catch(() => {})
    await at.ann.hears(({ text }) => text === 'gone')
    at.sim.server.drops()
    await assert.rejects(sending, isSendError({ outcome: 'lost' }, /ended before it said/))
    await assert.rejects(at.send(say('x')), isFailure('not-connected', /is being connected anew/, 5))
  })
})

type Wire = Record<string, unknown>

interface Replying {
  readonly extendedTextMessage: {
    readonly contextInfo: {
      readonly stanzaId: string
      readonly participant: string
      readonly remoteJid?: string | null
      readonly expiration?: number
      readonly quotedMessage: {
        readonly conversation?: string
        readonly extendedTextMessage?: { readonly text: string }
      }
    }
  }
}
