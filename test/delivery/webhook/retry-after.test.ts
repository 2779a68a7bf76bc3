// What a receiver asks us to wait, in all the ways it may say it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { retryAfterMs } from '../../../src/delivery/webhook/retry-after.ts'

const NOW = Date.UTC(1994, 10, 6, 8, 49, 7)
const EIGHT_HOURS = 8 * 3600 * 1000

describe('Retry-After', () => {
  const cases: [value: string | undefined, expected: number | null][] = [
    ['30', 30_000],
    [' 30 ', 30_000],
    ['0', 0],
    ['28800', EIGHT_HOURS],
    ['28801', EIGHT_HOURS],
    ['1000000000', EIGHT_HOURS],
    ['9'.repeat(400), EIGHT_HOURS],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['Mon, 07 Nov 1994 08:49:37 GMT', EIGHT_HOURS],
    ['Sun, 06 Nov 1994 08:49:06 GMT', null],
    ['Sun, 99 Nov 1994 08:49:37 GMT', null],
    [undefined, null],
    ['', null],
    ['-1', null],
    ['+5', null],
    ['1.5', null],
    ['1e9', null],
    ['0x10', null],
    ['soon', null],
    ['2000', 2_000_000],
    ['1994-11-06T08:49:37Z', null],
    ['30, 60', null],
    ['NaN', null],
    ['Infinity', null],
  ]
  for (const [value, expected] of cases) {
    it(`${JSON.stringify(value?.slice(0, 40))} is ${expected === null ? 'ignored' : `${expected} ms`}`, () => {
      assert.equal(retryAfterMs(value, NOW), expected)
    })
  }
})
