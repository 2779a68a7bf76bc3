// Operations on WhatsApp Flows: forms of several screens inside of a chat.
import Type from 'typebox'
import { json, operation } from '../../operation.ts'
import { closed, Id, JustAccount, META_FAILS, MetaId, MetaObject, StatusOk } from '../schemas.ts'
import { BUSINESS_ONLY } from '../send-schemas.ts'

const OneFlow = Type.Object({ account_id: Id, flow_id: MetaId }, closed)

/** The most that Meta takes of a flow's JSON, in characters. */
const MOST_ASSET = 10 * 1024 * 1024

export const flows = {
  listFlows: operation({
    route: 'POST /api/flows',
    tag: 'Flows',
    summary: 'List WhatsApp Flows for an account',
    description: "All of Meta's pages, as one `data`.",
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(JustAccount) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  createFlow: operation({
    route: 'POST /api/flows/create',
    tag: 'Flows',
    summary: 'Create a new WhatsApp Flow',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            account_id: Id,
            name: Type.String({ minLength: 1, maxLength: 512 }),
            categories: Type.Array(Type.String({ maxLength: 64 }), {
              maxItems: 50,
              description: "Meta's words for what it is for, such as CONTACT_US or OTHER",
            }),
          },
          closed,
        ),
      ),
    },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  getFlow: operation({
    route: 'POST /api/flows/get',
    tag: 'Flows',
    summary: 'Get details of a specific Flow',
    needs: BUSINESS_ONLY,
    effect: 'readonly',
    scope: 'read',
    input: { body: json(OneFlow) },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  uploadFlowAsset: operation({
    route: 'POST /api/flows/upload',
    tag: 'Flows',
    summary: 'Upload a Flow asset JSON',
    description: "The answer may carry `validation_errors` of Meta's although the upload went well.",
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: {
      body: json(
        Type.Object(
          {
            account_id: Id,
            flow_id: MetaId,
            asset_name: Type.String({ minLength: 1, maxLength: 256 }),
            asset_data: Type.String({
              minLength: 1,
              maxLength: MOST_ASSET,
              description: "The flow's JSON, as text",
            }),
          },
          closed,
        ),
      ),
    },
    output: json(MetaObject),
    fails: META_FAILS,
  }),
  publishFlow: operation({
    route: 'POST /api/flows/publish',
    tag: 'Flows',
    summary: 'Publish a Flow',
    description: 'It cannot be changed from then on.',
    needs: BUSINESS_ONLY,
    effect: 'write',
    scope: 'admin',
    input: { body: json(OneFlow) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
  deprecateFlow: operation({
    route: 'POST /api/flows/deprecate',
    tag: 'Flows',
    summary: 'Deprecate a Flow',
    description: 'It cannot be sent from then on.',
    needs: BUSINESS_ONLY,
    effect: 'destructive',
    scope: 'admin',
    input: { body: json(OneFlow) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
  deleteFlow: operation({
    route: 'POST /api/flows/delete',
    tag: 'Flows',
    summary: 'Delete a Flow',
    description: 'Meta deletes drafts only.',
    needs: BUSINESS_ONLY,
    effect: 'destructive',
    scope: 'admin',
    input: { body: json(OneFlow) },
    output: json(StatusOk),
    fails: META_FAILS,
  }),
}
