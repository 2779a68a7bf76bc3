// What is managed at Meta, as far as a surface can tell.
import type { BusinessLine } from '../../src/transports/transport.ts'

/** Answers what it was asked, and remembers it. */
export function createBusiness(asked: unknown[][], account: string): BusinessLine {
  const remember =
    (what: string) =>
    async (...how: unknown[]): Promise<Record<string, unknown>> => {
      asked.push([account, what, ...how])
      return { asked: what }
    }
  const silent =
    (what: string) =>
    async (...how: unknown[]): Promise<void> =>
      void (await remember(what)(...how))
  return {
    templates: {
      list: remember('templates.list'),
      create: remember('templates.create'),
      remove: silent('templates.remove'),
    },
    flows: {
      list: remember('flows.list'),
      create: remember('flows.create'),
      get: remember('flows.get'),
      uploadAsset: remember('flows.uploadAsset'),
      publish: silent('flows.publish'),
      deprecate: silent('flows.deprecate'),
      remove: silent('flows.remove'),
    },
    phoneNumbers: {
      list: remember('phoneNumbers.list'),
      requestCode: silent('phoneNumbers.requestCode'),
      verifyCode: silent('phoneNumbers.verifyCode'),
      register: silent('phoneNumbers.register'),
    },
    catalogs: { list: remember('catalogs.list'), products: remember('catalogs.products') },
    profile: { get: remember('profile.get'), update: silent('profile.update') },
    media: { upload: remember('media.upload'), remove: silent('media.remove') },
  }
}
