// One collection of settings as a whole: what a device gets that knows nothing yet, as a file.
import { type encodeSyncdPatch, proto } from 'baileys'
import { type MediaStore, sha256 } from '../media/index.ts'

type HashState = Parameters<typeof encodeSyncdPatch>[2]

/** Patches, oldest first: their number is the version. `state` is null once the phone could not follow a device's patch. */
export type Collection = { readonly patches: Uint8Array[]; state: HashState | null }

export const newCollection = (): Collection => ({
  patches: [],
  state: { version: 0, hash: Buffer.alloc(128), indexValueMap: {} },
})

/** A reference to the file. It is vouched for by the last patch: its MAC over the whole is that of a snapshot at its version. */
export function snapshotOf({ patches }: Collection, media: MediaStore): Uint8Array {
  const records = new Map<string, proto.ISyncdRecord>()
  const decoded = patches.map((bytes) => proto.SyncdPatch.decode(bytes))
  for (const { operation, record } of decoded.flatMap(({ mutations }) => mutations ?? [])) {
    const index = Buffer.from(record?.index?.blob ?? []).toString('base64')
    records.delete(index)
    if (record && operation !== proto.SyncdMutation.SyncdOperation.REMOVE) records.set(index, record)
  }
  const last = decoded.at(-1)
  const snapshot = proto.SyncdSnapshot.encode({
    ...{ version: { version: patches.length }, records: [...records.values()] },
    ...{ mac: last?.snapshotMac ?? null, keyId: last?.keyId ?? null },
  }).finish()
  const { mediaKey, directPath, fileLength, fileEncSha256 } = media.publish(snapshot, 'app-state')
  const file = { mediaKey, directPath, fileSizeBytes: fileLength, fileEncSha256, fileSha256: sha256(snapshot) }
  return proto.ExternalBlobReference.encode(file).finish()
}
