// Answers the operations on files at Meta.
import type { media as said } from '../../contract/native/media.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { Failure } from '../../model/failure.ts'
import type { Handlers } from '../surface.ts'

export const media: Handlers<Gateway, typeof said> = {
  async uploadMedia({ app, files }, { account_id, type }) {
    const incoming = files.get('file')
    if (!incoming || incoming.file.size === 0) throw new Failure('invalid', 'file: must not be empty')
    return app.media.upload(account_id, incoming.file, {
      filename: incoming.filename ?? 'file',
      mimeType: type || incoming.mimeType || 'application/octet-stream',
    })
  },
  async deleteMediaFile({ app }, { account_id, media_id }) {
    await app.business(account_id).media.remove(media_id)
    return { status: 'ok' }
  },
}
