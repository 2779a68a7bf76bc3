// Flows of the account's WABA (Meta, "Flows API").
import { Readable } from 'node:stream'
import type { BusinessLine, LocalFile } from '../../transport.ts'
import type { Clerk } from './clerk.ts'

const FIELDS =
  'id,name,categories,preview,status,validation_errors,json_version,data_api_version,endpoint_uri,whatsapp_business_account,application,health_status'

/** The only name that Meta takes for a flow's JSON, whatever the file is called. */
const ASSET_NAME = 'flow.json'

export function createFlows(clerk: Clerk): BusinessLine['flows'] {
  const edge = async (): Promise<string> => `${await clerk.waba()}/flows`
  const one = (id: string): string => encodeURIComponent(id)
  return {
    list: async () => clerk.list(await edge()),
    create: async (name, categories) =>
      clerk.change({ method: 'POST', path: await edge(), body: { name, categories } }),
    get: (id) => clerk.read(one(id), { fields: FIELDS }),
    uploadAsset: (id, asset) =>
      clerk.change({
        method: 'POST',
        path: `${one(id)}/assets`,
        form: [
          { name: 'name', text: ASSET_NAME },
          { name: 'asset_type', text: 'FLOW_JSON' },
          { name: 'file', file: jsonFile(asset.name, asset.json) },
        ],
      }),
    publish: (id) => clerk.confirm({ method: 'POST', path: `${one(id)}/publish` }),
    deprecate: (id) => clerk.confirm({ method: 'POST', path: `${one(id)}/deprecate` }),
    remove: (id) => clerk.confirm({ method: 'DELETE', path: one(id) }),
  }
}

function jsonFile(name: string, json: string): LocalFile {
  const bytes = Buffer.from(json)
  return {
    size: bytes.length,
    mimeType: 'application/json',
    filename: name === '' ? ASSET_NAME : name,
    read: () => Readable.from([bytes], { objectMode: false }),
  }
}
