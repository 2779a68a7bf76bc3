// What a message says of its file: how large its picture is and how long it plays, as the file tells it.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { MediaKind } from '../../../../src/model/content.ts'
import { media, send, sendStand } from './stand.ts'

/** What was said of a file beside its kind; read in pieces of a few bytes. */
async function saidOf(kind: MediaKind, bytes: Buffer, mimeType: string) {
  const at = sendStand()
  const pieces = () => Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(n * 7, n * 7 + 7))
  const file = { size: bytes.length, mimeType, filename: 'file', read: () => Readable.from(pieces()) }
  const { width, height, seconds } = (await send(at, media(kind, await at.sender.upload(kind, file)))).content
  return { width, height, seconds }
}

const nothing = { width: undefined, height: undefined, seconds: undefined }
const u16 = (n: number) => Buffer.from([n >> 8, n & 255])
const u32 = (n: number) => Buffer.concat([u16(n >>> 16), u16(n & 0xffff)])
const box = (type: string, ...content: Buffer[]) => {
  const body = Buffer.concat(content)
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body])
}

const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  box('IHDR', u32(640), u32(480), Buffer.alloc(5)),
  Buffer.alloc(8),
])
const jpeg = Buffer.concat([
  Buffer.from([0xff, 0xd8, 0xff, 0xe1]),
  u16(70_000 & 0x7fff),
  // Something that looks like a start of frame within what is passed over.
  Buffer.alloc((70_000 & 0x7fff) - 2, Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1])),
  Buffer.from([0xff, 0xff, 0xc4, 0, 4, 1, 2, 0xff, 0xc2, 0, 17, 8]),
  u16(1080),
  u16(1920),
  Buffer.alloc(20),
])

describe('an image', () => {
  it('says how large it is, whatever it is', async () => {
    assert.deepEqual(await saidOf('image', png, 'image/png'), { ...nothing, width: 640, height: 480 })
    assert.deepEqual(await saidOf('image', jpeg, 'image/jpeg'), { ...nothing, width: 1920, height: 1080 })
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([10, 0, 20, 0]), Buffer.alloc(30)])
    assert.deepEqual(await saidOf('image', gif, 'image/gif'), { ...nothing, width: 10, height: 20 })
    const webp = Buffer.concat([
      Buffer.from('RIFF0000WEBPVP8L0000/'),
      Buffer.from([0x8f, 0xc1, 0x18, 0]),
      Buffer.alloc(9),
    ])
    assert.deepEqual(await saidOf('sticker', webp, 'image/webp'), { ...nothing, width: 400, height: 100 })
  })

  it('that does not say so says nothing, however it is broken', async () => {
    for (const bytes of [jpeg.subarray(0, 4000), png.subarray(0, 20), Buffer.alloc(200, 255), Buffer.from('text')])
      assert.deepEqual(await saidOf('image', bytes, 'image/jpeg'), nothing)
  })
})

const mvhd = (scale: number, units: number) => box('mvhd', Buffer.alloc(12), u32(scale), u32(units), Buffer.alloc(80))
const tkhd = (matrix: readonly number[], across: number, down: number) =>
  box('tkhd', Buffer.alloc(40), ...matrix.map(u32), u16(across), u16(0), u16(down), u16(0))
const UPRIGHT = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const ON_SIDE = [0, 0x10000, 0, 0xffff0000, 0, 0, 0, 0, 0x40000000]
const sound = box('trak', tkhd(UPRIGHT, 0, 0))

describe('a film', () => {
  it('says how long it plays and how large it is, wherever that stands in it', async () => {
    const moov = box('moov', mvhd(600, 600 * 61), sound, box('trak', tkhd(UPRIGHT, 1280, 720)))
    const expected = { width: 1280, height: 720, seconds: 61 }
    const ftyp = box('ftyp', Buffer.from('isommp42'))
    const mdat = box('mdat', Buffer.alloc(500, 1))
    assert.deepEqual(await saidOf('video', Buffer.concat([ftyp, moov, mdat]), 'video/mp4'), expected)
    assert.deepEqual(await saidOf('video', Buffer.concat([ftyp, mdat, moov]), 'video/mp4'), expected)
    const large = Buffer.concat([u32(1), Buffer.from('mdat'), u32(0), u32(116), Buffer.alloc(100)])
    assert.deepEqual(await saidOf('video', Buffer.concat([ftyp, large, moov]), 'video/mp4'), expected)
  })

  it('that was held upright is told upright', async () => {
    const moov = box('moov', mvhd(1000, 1400), box('trak', tkhd(ON_SIDE, 1280, 720)))
    assert.deepEqual(await saidOf('video', moov, 'video/mp4'), { width: 720, height: 1280, seconds: 1 })
  })

  it('without a picture says as audio how long it plays', async () => {
    assert.deepEqual(await saidOf('audio', box('moov', mvhd(1000, 90_400), sound), 'audio/mp4'), {
      ...nothing,
      seconds: 90,
    })
  })

  it('that does not say so says nothing, however it is broken', async () => {
    const endless = Buffer.concat([u32(0), Buffer.from('mdat'), Buffer.alloc(50)])
    const short = box('moov', box('mvhd', Buffer.alloc(8)), box('trak', box('tkhd', Buffer.alloc(20))))
    const timeless = box('moov', mvhd(0, 0), sound)
    const cut = box('moov', mvhd(600, 600), sound).subarray(0, 90)
    const huge = Buffer.concat([u32(0x7fffffff), Buffer.from('moov'), Buffer.alloc(100)])
    for (const bytes of [endless, short, timeless, cut, huge, Buffer.alloc(100), Buffer.alloc(100, 0xff)])
      assert.deepEqual(await saidOf('video', bytes, 'video/mp4'), nothing)
  })
})
