// Every operation of the WhatsHooked API on the whole product: good requests, and every kind of bad one.
import { surfaceSuite } from '../suites/surface.ts'
import { messagesBody, text } from './callback.ts'
import { settingsOf, startStage } from './stage.ts'

surfaceSuite('the WhatsHooked API, whole', async () => {
  const after: (() => Promise<void>)[] = []
  const stage = await startStage({ after: (run) => void after.push(run) })
  const number = await stage.addAccount('other')
  stage.meta.limits({ window: false })
  const own = stage.meta.addNumber({})
  const account = { id: 'shop', type: 'cloud' as const, business_api: settingsOf(own) }
  // A message that no hook wants stays in the cache; one for a hook that refuses has a delivery.
  await stage.callback(number, messagesBody(number, [text('wamid.kept')]))
  const { cached_events } = await stage.api.getCachedEvents({ event_type: 'message.received' })
  const refusing = await stage.addHook('refusing', { answer: () => ({ status: 500 }) })
  await stage.callback(number, messagesBody(number, [text('wamid.refused'), text('wamid.again')]))
  await refusing.next((request) => request.body.includes('wamid.refused'))
  const { deliveries } = await stage.api.listDeliveries({ hook: 'refusing' })
  const { message_id } = await stage.api.sendMessage({ account_id: 'other', to: '+15550000001', text: 'hello' })
  const receiver = await stage.addHook('kept-for-test')
  const event = { id: cached_events[0]?.id ?? '' }
  const delivery = { id: deliveries[0]?.id ?? '' }
  const hook = { id: 'kept', name: 'Kept', url: receiver.url, active: true, headers: { 'X-A': 'b' } }
  const retry = { delays: [1, 2], give_up_after: 60 }

  return {
    url: stage.url,
    key: stage.key,
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
      sendMessage: { account_id: 'shop', to: '+15550000001', text: 'hello', preview_url: true },
      markAsRead: {
        account_id: 'other',
        message_id: stage.meta.customer('15550000001').says('hi', number.phoneNumberId).id,
      },
      getMessage: { id: message_id },
      removeAccount: { id: 'shop' },
      listDeliveries: { state: 'retry', limit: 10 },
      getDelivery: delivery,
      retryDelivery: delivery,
      retryDeadDeliveries: { hook_id: 'kept-for-test', since: '2026-01-01T00:00:00Z' },
      getCachedEvents: { event_type: 'message.received', limit: 5 },
      getCacheStats: {},
      getCachedEvent: event,
      deleteCachedEvent: event,
      clearCache: { confirm: true },
    },
  }
})
