// Files that came in: streamed from WhatsApp, brought again by the sender's phone when they are gone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FetchError, type FileSink } from '../../../../src/transports/transport.ts'
import { writeMediaRef } from '../../../../src/transports/web/receive/content/file.ts'
import { arrived, isFetchError, sendStand, withStatus } from './stand.ts'

const source = {
  imageMessage: {
    mimetype: 'image/jpeg',
    directPath: '/v/t62/1.enc',
    mediaKey: Buffer.alloc(32, 1),
    fileSha256: Buffer.alloc(32, 2),
    fileLength: 8,
  },
}
const ref = writeMediaRef(arrived('IN1').envelope, source)

class KeepingSink implements FileSink {
  head: unknown = null
  text = ''
  /** Thrown by the next write. */
  trouble: Error | null = null
  begin(head: { mimeType: string | null; size: number | null }): void {
    assert.equal(this.head, null)
    this.head = head
  }
  async write(chunk: Uint8Array): Promise<void> {
    if (this.trouble) throw this.trouble
    this.text += Buffer.from(chunk).toString()
  }
}

describe('a file that came in', () => {
  it('is streamed into the sink, after what its message says of it', async () => {
    const at = sendStand()
    at.socket.files = ['the |file']
    const sink = new KeepingSink()
    await at.sender.fetchMedia(ref, sink)
    assert.deepEqual(sink.head, { mimeType: 'image/jpeg', size: 8 })
    assert.equal(sink.text, 'the file')
    const [{ imageMessage }] = at.socket.downloads as [{ imageMessage: { mediaKey: Uint8Array } }]
    assert.deepEqual(Buffer.from(imageMessage.mediaKey), Buffer.alloc(32, 1))
  })

  it('that is empty is one', async () => {
    const at = sendStand()
    at.socket.download = async function* () {}
    const sink = new KeepingSink()
    await at.sender.fetchMedia(ref, sink)
    assert.equal(sink.text, '')
  })

  for (const status of [404, 410])
    it(`that is gone (${status}) is asked of the sender's phone, and fetched from where that brought it`, async () => {
      const at = sendStand()
      at.socket.files = [withStatus('gone', status), 'the file']
      const sink = new KeepingSink()
      await at.sender.fetchMedia(ref, sink)
      assert.equal(sink.text, 'the file')
      assert.deepEqual(at.socket.renewals, ['IN1'])
      assert.equal(at.socket.downloads[1]?.renewed, true)
    })

  it('that is gone for good is not tried again', async () => {
    const at = sendStand()
    at.socket.files = [withStatus('gone', 410), withStatus('gone', 410)]
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(false, /did not come back/))
    assert.equal(at.socket.downloads.length, 2)
    at.socket.files = [withStatus('gone', 410)]
    at.socket.fails.set('renew', withStatus('NOT_FOUND', 404))
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(false, /did not bring it again/))
  })

  it('that the phone is too far away to bring is tried again', async () => {
    const at = sendStand()
    at.socket.files = [withStatus('gone', 404)]
    at.socket.fails.set('renew', new Error('Timed Out'))
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(true, /Timed Out/))
  })

  it('whose way broke is tried again, and one that is refused is not', async () => {
    const at = sendStand()
    at.socket.files = ['the |breaks']
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(true, /the connection broke/))
    at.socket.files = [withStatus('Bad Gateway', 502)]
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(true, /Bad Gateway/))
    at.socket.files = [withStatus('Forbidden', 403)]
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(false, /Forbidden/))
    assert.deepEqual(at.socket.renewals, [])
  })

  it('that the sink does not want ends with what the sink said', async () => {
    const at = sendStand()
    at.socket.files = ['the |file']
    const sink = new KeepingSink()
    sink.trouble = new FetchError('too large', false)
    await assert.rejects(at.sender.fetchMedia(ref, sink), isFetchError(false, /^too large$/))
    const full = new KeepingSink()
    full.trouble = new RangeError('disk')
    at.socket.files = ['the |file']
    await assert.rejects(at.sender.fetchMedia(ref, full), RangeError)
  })

  it('waits for a connection, unless nobody can know where it lies', async () => {
    const at = sendStand()
    at.connected = false
    await assert.rejects(at.sender.fetchMedia(ref, new KeepingSink()), isFetchError(true, /not connected/))
    await assert.rejects(at.sender.fetchMedia('{}', new KeepingSink()), isFetchError(false, /does not say where/))
  })
})
