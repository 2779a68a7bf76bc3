// Answers the operations on WhatsApp Flows.
import type { flows as said } from '../../../contract/native/manage/flows.ts'
import type { Gateway } from '../../../gateway/gateway.ts'
import type { Handlers } from '../../surface.ts'

export const flows: Handlers<Gateway, typeof said> = {
  listFlows: async ({ app }, { account_id }) => app.business(account_id).flows.list(),
  createFlow: async ({ app }, { account_id, name, categories }) =>
    app.business(account_id).flows.create(name, categories),
  getFlow: async ({ app }, { account_id, flow_id }) => app.business(account_id).flows.get(flow_id),
  uploadFlowAsset: async ({ app }, { account_id, flow_id, asset_name, asset_data }) =>
    app.business(account_id).flows.uploadAsset(flow_id, { name: asset_name, json: asset_data }),
  async publishFlow({ app }, { account_id, flow_id }) {
    await app.business(account_id).flows.publish(flow_id)
    return { status: 'ok' }
  },
  async deprecateFlow({ app }, { account_id, flow_id }) {
    await app.business(account_id).flows.deprecate(flow_id)
    return { status: 'ok' }
  },
  async deleteFlow({ app }, { account_id, flow_id }) {
    await app.business(account_id).flows.remove(flow_id)
    return { status: 'ok' }
  },
}
