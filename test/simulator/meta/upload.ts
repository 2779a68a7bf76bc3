// Uploads files to the simulated Meta as clients do, and downloads them again.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { requestProblems, responseProblems } from '../../samples/graph-schema.ts'
import type { Answer, Stage } from './stage.ts'

/** The smallest things that start like what they are said to be. */
export const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex')
export const pdf = Buffer.from('%PDF-1.4\n%%EOF\n')

/** A WebP file of this size in its extended form, still or moving. */
export function webp(size: number, isAnimated: boolean): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(size - 8, 4)
  bytes.write('WEBPVP8X', 8, 'latin1')
  bytes.writeUInt32LE(10, 16)
  bytes[20] = isAnimated ? 0x02 : 0
  return bytes
}

export function sha256(bytes: string | Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

type Upload = { bytes?: Uint8Array; type?: string; filename?: string; fields?: Record<string, string> }

/** `POST /{phone_number_id}/media`, with the parts in the order that Meta's samples have. */
export async function upload(stage: Stage, wanted: Upload = {}): Promise<Answer> {
  const { bytes = jpeg, type = 'image/jpeg', filename = 'photo.jpg', fields = { type } } = wanted
  const form = new FormData()
  if (!('messaging_product' in fields)) form.append('messaging_product', 'whatsapp')
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), filename)
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return postForm(stage, form)
}

/** Any form to the same place. */
export async function postForm({ simulator, number }: Stage, form: FormData): Promise<Answer> {
  const response = await fetch(`${simulator.url}/v21.0/${number.phoneNumberId}/media`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${number.token}` }, body: form },
  })
  const answer = { status: response.status, headers: response.headers, body: await response.json() } as Answer
  const path = `/v21.0/${number.phoneNumberId}/media`
  assert.deepEqual(responseProblems('POST', path, answer.status, answer.body), [])
  if (answer.status === 200) {
    const { body } = simulator.requests().at(-1) ?? {}
    assert.deepEqual(requestProblems('POST', path, body), [])
  }
  return answer
}

/** The id of an uploaded file; fails when it is refused. */
export async function uploaded(stage: Stage, wanted?: Upload): Promise<string> {
  const answer = await upload(stage, wanted)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body.id
}

/** What `GET /{media_id}` says. */
export type Described = { id: string; url: string; mime_type: string; sha256: string; file_size: number }

export async function described({ graph }: Stage, id: string): Promise<Described> {
  return (await graph(`/v21.0/${id}`)).body as unknown as Described
}

/** The second hop, as the number's owner unless `headers` says otherwise. */
export function download(
  { number }: Stage,
  url: string,
  headers: Record<string, string> = { authorization: `Bearer ${number.token}` },
): Promise<Response> {
  return fetch(url, { headers, redirect: 'error' })
}
