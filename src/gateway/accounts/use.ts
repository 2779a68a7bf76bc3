// Puts accounts into use and takes them out of it: nothing is kept that the other side has not accepted.
import type { Account } from '../../model/account.ts'
import type { Lines } from '../lines.ts'
import type { Messages } from '../messages.ts'
import type { Linking } from './linking.ts'

export interface UseDeps {
  readonly lines: Lines
  readonly linking: Pick<Linking, 'open'>
  readonly messages: Pick<Messages, 'repace'>
}

/** Writes an account down; when that fails, what was there before goes on. */
type Keep = (account: Account) => Promise<void>

export interface Use {
  /** Fails with `upstream` when the other side refuses it. */
  begin(account: Account, keep: Keep): Promise<void>
  /** The line goes first: what it finds out is written down, and would bring back what is being put away. */
  end(account: Account, keep: () => Promise<void>): Promise<void>
}

export function createUse({ lines, linking, messages }: UseDeps): Use {
  const end: Use['end'] = async (account, keep) => {
    await lines.close(account.id)
    try {
      await keep()
    } catch (thrown) {
      if (!account.disabled) lines.reopen(account)
      throw thrown
    }
  }
  const adopted = async (before: Account, keep: () => Promise<void>): Promise<void> => {
    try {
      await keep()
    } catch (thrown) {
      lines.adopt(before)
      throw thrown
    }
  }
  const connect = async (wished: Account, keep: Keep): Promise<void> => {
    const candidate = await lines.connect(wished)
    try {
      await keep(candidate.account)
    } catch (thrown) {
      await candidate.drop()
      throw thrown
    }
    await candidate.takeOver()
  }
  /**
   * A linked device is not tried on a second line: WhatsApp would close the first one. And there is nothing to wait for:
   * a phone is linked when its owner comes to it.
   */
  const link = async (account: Account, keep: Keep): Promise<void> => {
    const before = lines.account(account.id)
    if (before && !before.disabled && lines.adopt(account)) {
      await adopted(before, () => keep(account))
      return
    }
    if (before) await end(before, () => keep(account))
    else await keep(account)
    lines.park(account)
    linking.open(account)
  }
  return {
    end,
    async begin(account, keep) {
      await (account.kind === 'web' ? link(account, keep) : connect(account, keep))
      messages.repace(account.id)
    },
  }
}
