// All rows, in the order of their numbers.
import type { Row } from '../measure.ts'
import { hung } from './hung.ts'
import { latency } from './latency.ts'
import { linkedAccounts } from './linked-accounts.ts'
import { linkedMessages } from './linked-messages.ts'
import { match } from './match.ts'
import { send } from './send.ts'
import { store } from './store.ts'
import { throughput } from './throughput.ts'

export const ROWS: readonly Row[] = [
  ...throughput,
  latency,
  ...store,
  hung,
  match,
  send,
  linkedAccounts,
  ...linkedMessages,
].sort((a, b) => a.number - b.number)
