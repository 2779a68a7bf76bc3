// Times of the wire: RFC 3339 outside, ms since epoch inside.
import { Failure } from '../../model/failure.ts'

export function timeOut(at: number): string {
  return new Date(at).toISOString()
}

export function timeOrNull(at: number | null): string | null {
  return at === null ? null : timeOut(at)
}

/** Fails with `invalid` for a day that there is not. */
export function timeIn(text: string, field: string): number {
  const at = Date.parse(text)
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  // The 31st of February is read as a day in March.
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  if (Number.isNaN(at) || !isDay) throw new Failure('invalid', `${field}: is not a time that there is`)
  return at
}
