// Operations that link a phone to an account, and that move what was linked to another server.
import Type from 'typebox'
import { json, operation } from '../operation.ts'
import { closed, formed, JustId, StatusOkWithID, TextOrNull, TimeOut } from './schemas.ts'

const Instructions = Type.String({ description: 'What the person with the phone has to do' })

const Offer = Type.Object(
  {
    account_id: Type.String(),
    qr: { ...TextOrNull, description: 'The text of the QR code; null while a pairing code waits to be typed' },
    code: { ...TextOrNull, description: 'The pairing code that waits to be typed; null while a QR code is offered' },
    expires_at: TimeOut,
    instructions: Instructions,
  },
  { ...closed, $id: 'PairingOffer' },
)

const PairingCode = Type.Object(
  {
    account_id: Type.String(),
    code: Type.String({ description: 'Eight characters' }),
    expires_at: TimeOut,
    instructions: Instructions,
  },
  { ...closed, $id: 'PairingCode' },
)

const SessionPassword = Type.String({
  minLength: 12,
  maxLength: 1024,
  description: 'What the text is encrypted with; at least 12 characters, and not a few of them again and again',
})

const ExportedSession = Type.Object(
  {
    account_id: Type.String(),
    session: Type.String({ description: 'The session, encrypted with the password' }),
    instructions: Type.String({ description: 'What to do with it, and what not' }),
  },
  { ...closed, $id: 'ExportedSession' },
)

export const pairing = {
  getPairingQr: operation({
    route: 'GET /api/accounts/{id}/qr',
    tag: 'Accounts',
    summary: 'The QR code that links a phone to a WhatsApp Web account',
    description:
      'Begins pairing where it has not begun; a new code comes about every 20 seconds until a phone is linked, and then the answer is that the account is linked already. With `Accept: image/png`, or as `/api/accounts/{id}/qr.png`, the code is a picture; with `Accept: text/html` (any browser) a page that renews itself, which takes the API key as the password when the browser asks for one. While a pairing code waits to be typed, that is told instead. A link that WhatsApp or the phone refuses is not begun again by itself: for a minute the answer is that it failed, and why; `anew=true` begins at once.',
    effect: 'readonly',
    scope: 'admin',
    input: {
      path: JustId,
      query: Type.Object(
        {
          anew: Type.Optional(
            Type.Literal(true, {
              description: 'Begin again although the last link was refused less than a minute ago',
            }),
          ),
        },
        closed,
      ),
    },
    output: json(Offer),
    fails: ['not-found', 'unsupported', 'disabled', 'exists', 'upstream', 'not-connected', 'unavailable'],
  }),
  requestPairingCode: operation({
    route: 'POST /api/accounts/{id}/pairing-code',
    tag: 'Accounts',
    summary: 'A code to type into the phone, in place of the QR code',
    effect: 'write',
    scope: 'admin',
    input: {
      path: JustId,
      body: json(
        Type.Object(
          {
            phone: formed('^\\+?[0-9 ()./-]{5,32}$', 'must be a phone number such as +15550000000', {
              description: 'The number of the phone that is to be linked, with its country code',
            }),
          },
          closed,
        ),
      ),
    },
    output: json(PairingCode),
    description: 'Six within ten minutes and account at most: WhatsApp tells the owner of the number each time.',
    fails: ['not-found', 'unsupported', 'disabled', 'exists', 'upstream', 'not-connected'],
  }),
  exportSession: operation({
    route: 'POST /api/accounts/{id}/session/export',
    tag: 'Accounts',
    summary: 'Take a linked phone to another server, without linking it anew',
    description:
      'Answers the session as one encrypted text, and disables the account here: of two servers with the same session WhatsApp lets only one stay, and messages are lost to both. Enabling the account takes the session back; removing it then leaves the phone linked. Whoever has the text and the password can read and send as this number.',
    effect: 'write',
    scope: 'admin',
    input: { path: JustId, body: json(Type.Object({ password: SessionPassword }, closed)) },
    output: json(ExportedSession),
    fails: ['not-found', 'unsupported', 'not-connected', 'conflict'],
  }),
  importSession: operation({
    route: 'POST /api/accounts/{id}/session/import',
    tag: 'Accounts',
    summary: 'Take in a session that another server exported',
    description:
      'The account has to be there, of type whatsmeow and not linked, and no other account of this server may have the session. It connects at once, unless it is disabled.',
    effect: 'write',
    scope: 'admin',
    input: {
      path: JustId,
      body: json(
        Type.Object(
          {
            session: formed(
              '^[\\s]*whatshooked-session\\.[\\sA-Za-z0-9._-]+$',
              'must be a session that was exported by WhatsHooked',
              { maxLength: 14_000_000, description: 'The text that the export answered' },
            ),
            password: Type.String({ minLength: 1, maxLength: 1024, description: 'The password of the export' }),
          },
          closed,
        ),
      ),
    },
    output: json(StatusOkWithID),
    fails: ['not-found', 'unsupported', 'exists'],
  }),
}
