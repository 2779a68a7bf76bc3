// What checks of a message are told about who sends it, and what they can find out.
import type { Account, PhoneNumber } from '../../state.ts'
import type { World } from '../../world.ts'

/** Who sends, for checks that look beyond the message itself. */
export type Sender = { world: World; number: PhoneNumber; account: Account }

/** Why a message that is accepted will fail nevertheless. */
export type Doom = { code: number; details: string }
