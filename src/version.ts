// The version of this program, as package.json has it.
import { existsSync, readFileSync } from 'node:fs'

/** Beside `src` when run from source, two levels up when built into `dist/src`. */
const places = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url))

export const VERSION: string = readVersion()

function readVersion(): string {
  const place = places.find((url) => existsSync(url))
  const found: unknown = place && JSON.parse(readFileSync(place, 'utf8'))
  return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : '0.0.0'
}
