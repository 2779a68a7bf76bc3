// Which lines are open, and which of them a callback is for.

/** What callbacks must know of an open line. */
export interface OpenLine {
  readonly account: string
  readonly phoneNumberId: string
  /** Where Meta calls it. */
  readonly path: string
  readonly appSecret: string | null
  readonly verifyToken: string
  /** Both are learned while the line is open. */
  wabaId(): string | null
  phoneNumber(): string | null
  /** Makes our id of a file that comes in; null when files are left at Meta. */
  readonly newFileId: (() => string) | null
}

export interface Registry {
  add(line: OpenLine): void
  remove(line: OpenLine): void
  onPath(path: string): readonly OpenLine[]
  /** When accounts share a number, the one on this path goes first. */
  ofNumber(phoneNumberId: string, path: string): OpenLine | null
  ofWaba(wabaId: string): readonly OpenLine[]
}

export function createRegistry(): Registry {
  const lines = new Set<OpenLine>()
  const byPath = new Map<string, OpenLine[]>()
  const byNumber = new Map<string, OpenLine[]>()
  const index = (): void => {
    byPath.clear()
    byNumber.clear()
    for (const line of lines) {
      byPath.set(line.path, [...(byPath.get(line.path) ?? []), line])
      byNumber.set(line.phoneNumberId, [...(byNumber.get(line.phoneNumberId) ?? []), line])
    }
  }
  return {
    add(line) {
      lines.add(line)
      index()
    },
    remove(line) {
      if (lines.delete(line)) index()
    },
    onPath: (path) => byPath.get(path) ?? [],
    ofNumber(phoneNumberId, path) {
      const found = byNumber.get(phoneNumberId)
      return found?.find((line) => line.path === path) ?? found?.[0] ?? null
    },
    ofWaba: (wabaId) => [...lines].filter((line) => line.wabaId() === wabaId),
  }
}
