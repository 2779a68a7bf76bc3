// Files on their way to Meta: streamed, brought again when an answer was lost, refused before they are too large.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, afterEach, before, describe, it } from 'node:test'
import type { FaultAction } from '../../../simulator/meta/index.ts'
import { type Line, type LocalFile, SendError } from '../../../src/transports/transport.ts'
import { fileOf, type NumberStand, numberStand } from './number-stand.ts'
import { account, stand } from './stand.ts'

const MB = 1024 * 1024
let at: NumberStand
before(async () => {
  at = await numberStand({ timeoutMs: 300 })
})
afterEach(() => at.meta.faults.clear())
after(() => at.close())

const fault = (action: FaultAction, next = 1) => at.meta.faults.add({ match: 'POST /*/media', action, when: { next } })
async function refusal(uploading: Promise<unknown>): Promise<SendError> {
  try {
    await uploading
  } catch (error) {
    assert.ok(error instanceof SendError, String(error))
    assert.equal(error.outcome, 'refused')
    assert.ok(!JSON.stringify([error.message, error.facts]).includes(at.number.token))
    return error
  }
  throw new Error('it was taken')
}

/** A file of that many bytes that exists nowhere: each read makes it anew. */
function endless(size: number, made: { bytes: number; reads: number }): LocalFile {
  const read = (): Readable => {
    made.reads += 1
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let left = size
    return new Readable({
      read() {
        const next = left > 0 ? chunk.subarray(0, Math.min(left, chunk.length)) : null
        left -= next?.length ?? 0
        made.bytes += next?.length ?? 0
        this.push(next)
      },
    })
  }
  return { size, mimeType: 'application/pdf', filename: 'long.pdf', read }
}

describe('a file', () => {
  it('arrives with its name and type as they are, whatever stands in the name', async () => {
    const name = 'Größe "7"\r\nX-Evil: 1.png'
    const id = await at.line.upload('image', fileOf('the bytes', 'image/png', name))
    const stored = at.meta.media().find((one) => one.id === id)
    assert.deepEqual([stored?.size, stored?.mimeType], [9, 'image/png'])
    assert.match(stored?.filename ?? '', /^Größe %227%22%0D%0AX-Evil: 1\.png$/)
    const [call] = at.calls('/media').slice(-1)
    assert.deepEqual(Object.keys(call?.body as object).toSorted(), ['file', 'messaging_product', 'type'])
    assert.match(call?.rawBody ?? '', /name="messaging_product".*name="file".*name="type"/s)
    assert.equal(Number(call?.headers['content-length']), call?.rawBodyBytes)
  })
  it('whose name is made of folders, or of nothing, arrives as a file all the same', async () => {
    for (const [name, stored] of [
      ['../a/b.png', 'b.png'],
      ['C:\\b.png', 'b.png'],
      ['b.png\\', 'file'],
      ['/.', 'file'],
      ['..', 'file'],
      ['', 'file'],
    ] as const) {
      const id = await at.line.upload('image', fileOf('x', 'image/png', name))
      assert.equal(at.meta.media().find((one) => one.id === id)?.filename, stored, name)
    }
  })
  it('of 40 MB goes through whole', async () => {
    const made = { bytes: 0, reads: 0 }
    const id = await at.line.upload('document', endless(40 * MB, made))
    assert.equal(at.meta.media().find((one) => one.id === id)?.size, 40 * MB)
    assert.deepEqual(made, { bytes: 40 * MB, reads: 1 })
  })
  it('is brought again when its answer was lost, and read again for it', async () => {
    fault({ kind: 'reset', when: 'after-body' }, 2)
    const made = { bytes: 0, reads: 0 }
    await at.line.upload('document', endless(1000, made))
    assert.deepEqual(made, { bytes: 3000, reads: 3 })
  })
  it('whose answer stays lost is refused, to be tried again later', async () => {
    fault({ kind: 'html', status: 502 }, 9)
    const error = await refusal(at.line.upload('image', fileOf('x', 'image/png')))
    assert.ok((error.retryAfterMs ?? 0) > 0)
    assert.equal(error.callersFault, false)
  })
  it('that Meta refuses is refused in its words', async () => {
    const error = await refusal(at.line.upload('image', fileOf('x', 'image/gif')))
    assert.deepEqual([error.callersFault, error.facts.code], [true, 100])
    assert.match(error.message, /image\/gif.*code 100/)
  })
  it('that is larger than Meta takes is refused before a byte goes out', async () => {
    const before = at.calls().length
    for (const [kind, size, cap] of [
      ['image', 5 * MB, '5 MB'],
      ['video', 16 * MB, '16 MB'],
      ['audio', 16 * MB, '16 MB'],
      ['document', 100 * MB, '100 MB'],
      ['sticker', 500 * 1024, '500 KB'],
    ] as const) {
      const error = await refusal(at.line.upload(kind, { ...fileOf('', 'any/thing'), size: size + 1 }))
      assert.equal(error.callersFault, true)
      assert.ok(error.message.includes(`at most ${cap}`), error.message)
    }
    assert.equal(at.calls().length, before)
  })
  it('that is of the largest size goes out', async () => {
    await at.line.upload('image', { ...endless(5 * MB, { bytes: 0, reads: 0 }), mimeType: 'image/png' })
  })
})

describe('a server', () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.pause()
  })
  let line: Line
  const own = { value: stand() }
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    own.value = stand({ graphUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 200 })
    line = own.value.kind.open(account('shop'))
  })
  after(async () => {
    await own.value.close()
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  it('that reads nothing is given up on, and no more of the file is read than fits on the way', async () => {
    const made = { bytes: 0, reads: 0 }
    const error = await refusal(line.upload('document', endless(100 * MB, made)))
    assert.match(error.message, /no answer within 0\.4 s/)
    assert.ok(made.bytes / made.reads < 30 * MB, `${made.bytes} bytes in ${made.reads} reads`)
  })
  it('that reads slowly has all the time it takes while it reads', async () => {
    const began = performance.now()
    const uploading = line.upload('document', endless(24 * MB, { bytes: 0, reads: 0 }))
    const [socket] = (await once(server, 'connection')) as [Socket]
    let size = 0
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 4)
      if (size < 24 * MB) return
      socket.removeAllListeners('data').resume()
      const body = '{"id":"12345"}'
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
    socket.resume()
    assert.equal(await uploading, '12345')
    assert.ok(performance.now() - began > 500, 'it was not slow enough to show anything')
  })
  it('is not asked again for a file that cannot be read here, and does not learn its path', async () => {
    let reads = 0
    const read = (): Readable => {
      reads += 1
      return new Readable({ read: (): void => {} }).destroy(new Error('ENOENT /secret/path'))
    }
    const error = await refusal(line.upload('image', { ...fileOf('x', 'image/png'), read }))
    assert.match(error.message, /could not be read from the disk/)
    assert.equal(reads, 1)
  })
})
