// How long Meta keeps each version of Graph.

/** The day on which a version ends, by Meta's changelog (November 2026); versions after these have no date yet. */
const ENDS: ReadonlyMap<number, string> = new Map([
  [20, '2026-09-24'],
  [21, '2027-01-21'],
  [22, '2027-05-20'],
  [23, '2027-10-08'],
  [24, '2028-02-18'],
  [25, '2028-07-29'],
])
const OLDEST = 20
const WARN_MS = 90 * 24 * 3600 * 1000

/** What to say about a version (`v21.0`) that has ended, ends within 90 days, or is none; null when there is nothing to say. */
export function versionWarning(version: string, now: number): string | null {
  const found = /^v?(\d{1,3})\.\d{1,2}$/.exec(version.trim())
  if (!found) return `api_version ${JSON.stringify(version)} is not of the form v21.0.`
  const major = Number(found[1])
  if (major < OLDEST)
    return `Graph ${version} has ended; Meta answers with a newer one. Set api_version to v25.0 or later.`
  const end = ENDS.get(major)
  const left = end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end) - now
  if (left > WARN_MS) return null
  return `Graph ${version} ${left > 0 ? 'ends' : 'ended'} on ${end}. Set api_version to v25.0 or later.`
}
