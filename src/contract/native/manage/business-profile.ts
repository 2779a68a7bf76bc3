// Operations on the profile that customers see of a number.
import Type from 'typebox'
import { json, operation } from '../../operation.ts'
import { closed, Id, JustAccount, META_FAILS, MetaObject, StatusOk, text } from '../schemas.ts'
import { BUSINESS_ONLY } from '../send-schemas.ts'

export const businessProfile = {
  getBusinessProfile: operation({
    route: 'POST /api/business-profile',
    tag: 'Business Profile',
    summary: 'Get the WhatsApp Business profile',
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(JustAccount) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  updateBusinessProfile: operation({
    route: 'POST /api/business-profile/update',
    tag: 'Business Profile',
    summary: 'Update the WhatsApp Business profile',
    description: 'Fields that are absent stay as they are.',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            account_id: Id,
            about: Type.Optional(text(139)),
            address: Type.Optional(text(256)),
            description: Type.Optional(text(512)),
            email: Type.Optional(text(128)),
            vertical: Type.Optional(text(64, "Meta's word for the trade, such as RETAIL")),
            websites: Type.Optional(Type.Array(text(256), { maxItems: 2 })),
          },
          closed,
        ),
      ),
    },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
}
