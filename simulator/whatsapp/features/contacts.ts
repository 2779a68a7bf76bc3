// Profiles: pictures of people and groups, the line below a name, and the business profile that nobody has.
import { randomBytes } from 'node:crypto'
import type { Groups } from '../groups/asked.ts'
import { isAdmin } from '../groups/group.ts'
import { type Answer, type DeviceQuestion, notFound, refuse } from '../iq/answer.ts'
import type { MediaStore } from '../media/index.ts'
import type { Account } from '../state.ts'
import { bytesOf, children, stanza } from '../wire/stanza.ts'
import { companionsOf, find, type World } from '../world.ts'
import { notify } from './notifications.ts'

/** `id` changes with the picture; the file is on the media hosts, not encrypted. */
export type Picture = { readonly id: string; readonly url: string; readonly directPath: string }

export type Contacts = {
  /** Sets a picture (JPEG), or takes it away (null), on the phone of `by`: one's own, or a group's. All who know it hear of it. */
  setPicture(by: Account, bytes: Uint8Array | null, group?: string): Picture | null
  picture(of: Account | string): Picture | undefined
  /** `w:profile:picture` */
  answerPicture(question: DeviceQuestion): Answer
  /** `w:biz` */
  answerBusiness(question: DeviceQuestion): Answer
}

/** `groups` and `media` are the world's own. */
export function openContacts(world: World, { groups, media }: { groups: Groups; media: MediaStore }): Contacts {
  const pictures = new Map<Account | string, Picture>()
  const audienceOf = (by: Account, group: string | undefined): Account[] => {
    const members = groups.get(group ?? '')?.members
    if (members) return [...members.keys()]
    const linked = [...new Set(world.state.accounts.values())].filter((account) => companionsOf(account).length > 0)
    return linked.filter((account) => account === by || by.privacy.get('profile') !== 'none')
  }
  const setPicture: Contacts['setPicture'] = (by, bytes, group) => {
    const of = group ?? by
    const id = String(randomBytes(4).readUInt32BE())
    const picture = bytes === null ? null : { id, ...media.publishOpen(bytes, 'image/jpeg') }
    if (picture) pictures.set(of, picture)
    else pictures.delete(of)
    const jid = group ?? by.lid
    const part = stanza(picture ? 'set' : 'delete', { jid, author: by.lid, ...(picture ? { id } : {}) })
    const attrs = group === undefined ? { pn: by.pn } : { participant: by.lid, participant_pn: by.pn }
    for (const account of audienceOf(by, group)) notify(world, account, { type: 'picture', from: jid, attrs }, [part])
    return picture
  }
  return {
    setPicture,
    picture: (of) => pictures.get(of),
    answerPicture({ iq, part, account }) {
      const target = iq.attrs.target ?? account.pn
      const group = groups.get(target)
      const of = group ? group.id : find(world, target)
      if (of === undefined) return notFound
      if (iq.attrs.type === 'set') {
        const isForbidden = group ? group.locked && !isAdmin(group, account) : of !== account
        if (isForbidden || (group && !group.members.has(account))) return refuse(403, 'forbidden')
        const bytes = bytesOf(part)
        const picture = setPicture(account, bytes.length > 0 ? bytes : null, group?.id)
        return picture ? [stanza('picture', { id: picture.id })] : []
      }
      if (typeof of !== 'string' && of !== account && of.privacy.get('profile') === 'none') {
        return refuse(401, 'not-authorized')
      }
      const picture = pictures.get(of)
      if (!picture) return notFound
      const { id, url, directPath } = picture
      return [stanza('picture', { id, url, direct_path: directPath, type: part?.attrs.type ?? 'image' })]
    },
    answerBusiness({ part }) {
      const asked = children(part, 'profile').map(({ attrs }) => attrs.jid)
      // People who are no business are left out of the answer.
      return asked.length > 0 ? [stanza('business_profile', { v: part?.attrs.v })] : refuse(400, 'bad-request')
    },
  }
}
