// Reads the fields of small protobuf messages: those that come encrypted inside another one.

export interface Field {
  readonly no: number
  /** Of a varint. */
  readonly number: number | null
  /** Of a length-delimited field. */
  readonly bytes: Uint8Array | null
}

const MAX_FIELDS = 256

/** The fields up to the first one that makes no sense (protobuf encoding, "Message Structure"). Never fails. */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number | null => {
    let value = 0
    for (let shift = 0; shift < 63 && at < bytes.length; shift += 7) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return null
  }
  while (at < bytes.length && fields.length < MAX_FIELDS) {
    const tag = varint()
    if (tag === null) return fields
    const no = Math.floor(tag / 8)
    const wire = tag % 8
    if (wire === 0) {
      const number = varint()
      if (number === null) return fields
      fields.push({ no, number, bytes: null })
    } else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : null
      if (length === null || at + length > bytes.length) return fields
      fields.push({ no, number: null, bytes: bytes.subarray(at, at + length) })
      at += length
    }
  }
  return fields
}

/** A message whose only field is this one. */
export function fieldOf(no: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varintOf(no * 8 + 2), varintOf(bytes.length), bytes])
}

function varintOf(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80)
  return Buffer.from([...bytes, left])
}
