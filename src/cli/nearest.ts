// What somebody may have meant who typed a name that there is not.

/** At most so many are offered. */
const MOST = 4

/** `; did you mean a or b?`, or nothing when no name is near. `word` may be several words, as in `hooks list`. */
export function didYouMean(word: string, names: Iterable<string>): string {
  const near = nearest(word, [...new Set(names)])
  return near.length === 0 ? '' : `; did you mean ${listed(near, 'or')}?`
}

/** The names that are a typing mistake away; else those that hold all of its words. Nearest first. */
export function nearest(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase()
  const allowed = Math.max(1, Math.floor(wanted.length / 4))
  const typos = names
    .map((name) => ({ name, far: distance(wanted, name.toLowerCase()) }))
    .filter(({ far }) => far <= allowed)
    .sort((a, b) => a.far - b.far)
  if (typos.length > 0) return typos.slice(0, MOST).map(({ name }) => name)
  const parts = wanted
    .split(/[\s_.-]+/)
    .map((part) => part.replace(/s$/, ''))
    .filter((part) => part.length > 1)
  return parts.length === 0 ? [] : names.filter((name) => parts.every((part) => name.includes(part))).slice(0, MOST)
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(names: readonly string[], last: 'and' | 'or'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`
}

/** How many letters have to be added, left out, changed or swapped with their neighbour. */
function distance(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + same,
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = next
  }
  return last[to.length] ?? 0
}
