// How large a picture is, as its own head says.

export interface Size {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** Null for what is no PNG, JPEG, WebP or GIF, or does not say within these bytes. */
export function pictureSize(head: Buffer): Size | null {
  const found = head.length < 30 ? null : (pngSize(head) ?? gifSize(head) ?? webpSize(head) ?? jpegSize(head))
  return found && found.width > 0 && found.height > 0 ? found : null
}

/** The first chunk is IHDR (PNG, 11.2.2). */
function pngSize(head: Buffer): Size | null {
  const isPng = head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n' && head.toString('latin1', 12, 16) === 'IHDR'
  return isPng ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) } : null
}

function gifSize(head: Buffer): Size | null {
  const isGif = /^GIF8[79]a$/.test(head.toString('latin1', 0, 6))
  return isGif ? { width: head.readUInt16LE(6), height: head.readUInt16LE(8) } : null
}

/** VP8X, VP8L or VP8 (WebP Container Specification; RFC 9649, 2.5 to 2.7). */
function webpSize(head: Buffer): Size | null {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WEBP') return null
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
    case 'VP8L': {
      const bits = head.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
    default:
      return null
  }
}

/** Start of frame (ITU-T T.81, B.2.2): markers C0 to CF but for C4, C8 and CC. */
function jpegSize(head: Buffer): Size | null {
  if (head.readUInt16BE(0) !== 0xffd8) return null
  let at = 2
  while (at + 9 <= head.length && head[at] === 0xff) {
    const marker = head[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) }
    at += 2 + head.readUInt16BE(at + 2)
  }
  return null
}
