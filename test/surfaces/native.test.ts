// Every operation of the WhatsHooked API over real sockets.
import { eventId } from '../../src/model/event.ts'
import { surfaceSuite } from '../suites/surface.ts'
import { EVENT, VIEW } from './fake-gateway.ts'
import { KEY, startServer } from './start.ts'

const hook = { id: 'kept', name: 'Kept', url: 'https://example.com/in', active: true, headers: { 'X-A': 'b' } }
const retry = { delays: [1, 2], give_up_after: 60 }
const account = {
  id: 'shop',
  type: 'cloud' as const,
  business_api: { phone_number_id: '123', access_token: 'EAAG-long-token', app_secret: 'a-long-app-secret' },
}
const event = { id: eventId(EVENT) }
const delivery = { id: VIEW.id }

surfaceSuite('the WhatsHooked API', async () => {
  const after: (() => Promise<void>)[] = []
  const { url } = await startServer({ after: (run) => void after.push(run) })
  return {
    url,
    key: KEY,
    stop: async () => {
      for (const run of after) await run()
    },
    good: {
      healthCheck: {},
      getReadiness: {},
      getMetrics: {},
      getOpenApi: {},
      addHook: { ...hook, retry, order: 'strict', raw: true },
      listHooks: {},
      updateHook: { id: 'kept', active: false, retry: null },
      getHook: { id: 'kept' },
      testHook: { id: 'kept' },
      removeHook: { id: 'kept' },
      addAccount: account,
      listAccounts: {},
      updateAccount: account,
      disableAccount: { id: 'shop' },
      enableAccount: { id: 'shop' },
      getAccountStatus: { id: 'shop' },
      sendMessage: { account_id: 'shop', to: '+15550000001', text: 'hello', preview_url: true, reply_to: 'wamid.0' },
      markAsRead: { account_id: 'shop', message_id: 'wamid.0' },
      getMessage: { id: 'wamid.1' },
      removeAccount: { id: 'shop' },
      listDeliveries: { state: 'dead', limit: 10 },
      getDelivery: delivery,
      retryDelivery: delivery,
      retryDeadDeliveries: { hook_id: 'kept', since: '2026-01-01T00:00:00Z' },
      getCachedEvents: { event_type: 'message.received', limit: 5 },
      getCacheStats: {},
      getCachedEvent: event,
      replayCachedEvent: event,
      replayCachedEvents: {},
      deleteCachedEvent: event,
      clearCache: { confirm: true },
    },
  }
})
