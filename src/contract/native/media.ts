// Operations on files at Meta: bringing one there, and deleting it.
import Type from 'typebox'
import { json, multipart, operation } from '../operation.ts'
import { closed, Id, META_FAILS, MetaId, MetaObject, mimeType, StatusOk } from './schemas.ts'
import { BUSINESS_ONLY } from './send-schemas.ts'

export const media = {
  uploadMedia: operation({
    route: 'POST /api/media/upload',
    tag: 'Media',
    summary: 'Upload a media file to Meta',
    description: 'The `id` of the answer is a `media_id` of the operations that send files, for 30 days.',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'send',
    input: {
      body: multipart(
        Type.Object(
          {
            account_id: Id,
            file: Type.String({ format: 'binary', 'x-file': true }),
            type: Type.Optional(mimeType({ description: "MIME type; absent: the file part's own" })),
          },
          closed,
        ),
      ),
    },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  deleteMediaFile: operation({
    route: 'POST /api/media-delete',
    tag: 'Media',
    summary: 'Delete a media file from Meta',
    needs: BUSINESS_ONLY,
    effect: 'destructive',
    scope: 'send',
    input: { body: json(Type.Object({ account_id: Id, media_id: MetaId }, closed)) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
}
