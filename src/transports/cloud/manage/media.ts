// Files that are kept at Meta, under an id that messages can name.
import { Failure } from '../../../model/failure.ts'
import type { BusinessLine } from '../../transport.ts'
import { tooLarge } from '../media/limits.ts'
import { bring } from '../media/upload.ts'
import type { Sending } from '../patience.ts'
import type { Clerk } from './clerk.ts'

export function createMedia(clerk: Clerk, sending: Sending): BusinessLine['media'] {
  return {
    async upload(file) {
      // Whatever it is, it may be meant as a document, of which Meta takes most.
      const reason = tooLarge('document', file.size)
      if (reason !== null) throw new Failure('too-large', reason)
      const { ending, unreadable } = await bring(sending, clerk.cloud().phoneNumberId, file)
      if (unreadable) throw new Failure('internal', 'The file could not be read from the disk of this server.')
      return clerk.answerOf(ending, true)
    },
    async remove(id) {
      const query = { phone_number_id: clerk.cloud().phoneNumberId }
      await clerk.confirm({ method: 'DELETE', path: encodeURIComponent(id), query })
    },
  }
}
