// Reads the list of inside hosts that requests may go to all the same: names, addresses and networks.
import { BlockList, isIP } from 'node:net'
import { familyOf, literalAddress } from './addresses.ts'

/** What the list says of a destination. Ports are numbers; a null port matches only entries that name none. */
export interface Allowed {
  /** This very address is listed (or a network of just this one). */
  listsAddress(ip: string, port: number | null): boolean
  /** A listed network holds the address. */
  coversAddress(ip: string): boolean
  /** The name is listed, by itself or under `*.domain`. */
  listsName(name: string, port: number | null): boolean
}

interface Parsed {
  readonly networks: BlockList
  readonly addresses: Map<string, BlockList>
  readonly names: Set<string>
  readonly suffixes: Set<string>
}

/** A host name in the one spelling that is compared: lower case, punycode, without dots at the end. Null: no host. */
export function plainName(text: string): string | null {
  if (!/^[^\s/?#@:\\[\]%*]+$/.test(text) || !URL.canParse(`http://${text}/`)) return null
  const name = new URL(`http://${text}/`).hostname.replace(/\.+$/, '')
  return name === '' || name.startsWith('.') || name.includes('..') ? null : name
}

function addNetwork(into: Parsed, entry: string): boolean {
  const found = /^\[?([^[\]/]+)\]?\/(\d{1,3})$/.exec(entry)
  const address = found?.[1] ?? ''
  const bits = Number(found?.[2])
  const full = isIP(address) === 4 ? 32 : 128
  if (isIP(address) === 0 || address.includes('%') || bits > full) return false
  if (bits === full) return addAddress(into, address, '')
  into.networks.addSubnet(address, bits, familyOf(address))
  return true
}

function addAddress(into: Parsed, address: string, port: string): true {
  const list = into.addresses.get(port) ?? new BlockList()
  list.addAddress(address, familyOf(address))
  into.addresses.set(port, list)
  return true
}

function addHost(into: Parsed, entry: string): boolean {
  if (isIP(entry) !== 0) return entry.includes('%') ? false : addAddress(into, entry, '')
  const found = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(entry)
  const host = found?.[1] ?? ''
  const port = found?.[2] === undefined ? '' : String(Number(found[2]))
  if (host === '' || Number(port) > 65_535 || port === '0' || host.includes('%')) return false
  const wild = host.startsWith('*.')
  const name = host.startsWith('[') ? host : plainName(wild ? host.slice(2) : host)
  const address = literalAddress(name ?? '')
  if (name === null || (wild && address !== null)) return false
  if (address !== null) return addAddress(into, address, port)
  if (name.startsWith('[')) return false
  const names = wild ? into.suffixes : into.names
  names.add(port === '' ? name : `${name}:${port}`)
  return true
}

function has(names: ReadonlySet<string>, name: string, port: number | null): boolean {
  return names.has(name) || (port !== null && names.has(`${name}:${port}`))
}

/**
 * Reads entries of the forms `host`, `*.domain`, `host:port`, `10.0.0.5`, `[fd00::5]:8080`, `10.0.0.0/8`, `fd00::/8`.
 * `malformed` makes the error that is thrown for an entry of no such form.
 */
export function readAllowed(entries: readonly string[], malformed: (entry: string) => Error): Allowed {
  const parsed: Parsed = { networks: new BlockList(), addresses: new Map(), names: new Set(), suffixes: new Set() }
  for (const raw of entries) {
    const entry = raw.trim()
    if (entry === '') continue
    if (!(entry.includes('/') ? addNetwork(parsed, entry) : addHost(parsed, entry))) throw malformed(entry)
  }
  const listed = (key: string, ip: string) => parsed.addresses.get(key)?.check(ip, familyOf(ip)) ?? false
  return {
    listsAddress: (ip, port) => listed('', ip) || (port !== null && listed(String(port), ip)),
    coversAddress: (ip) => parsed.networks.check(ip, familyOf(ip)),
    listsName(name, port) {
      if (has(parsed.names, name, port)) return true
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        if (has(parsed.suffixes, name.slice(dot + 1), port)) return true
      }
      return false
    },
  }
}
