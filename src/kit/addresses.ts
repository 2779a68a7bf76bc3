// Says of an IP address whether it belongs to the public internet, and whether it is one that guards a machine's own secrets.
import { BlockList, isIP } from 'node:net'

type Block = readonly [address: string, bits: number]

/** IPv4 blocks that are not the public internet (IANA special-purpose registry, RFC 6890), and Azure's wire server. */
const NOT_PUBLIC_V4: readonly Block[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Holes in 2000::/3, the only IPv6 block that is public at all: protocol assignments with Teredo, documentation, 6to4. */
const NOT_PUBLIC_V6: readonly Block[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** Link-local, and where clouds hand out a machine's credentials: also by NAT64 (RFC 6052), where a network has that. */
const GUARDED: readonly Block[] = [
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  ['fd00:c1::a9fe:a9fe', 128],
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::6464:64c8', 128],
  ['64:ff9b::a83f:8110', 128],
]

function listOf(blocks: readonly Block[]): BlockList {
  const list = new BlockList()
  for (const [address, bits] of blocks) list.addSubnet(address, bits, familyOf(address))
  return list
}

const notPublicV4 = listOf(NOT_PUBLIC_V4)
const notPublicV6 = listOf(NOT_PUBLIC_V6)
const publicV6 = listOf([['2000::', 3]])
const guarded = listOf(GUARDED)

/** The family by the name that node's BlockList takes. */
export function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 4 ? 'ipv4' : 'ipv6'
}

/** The address that a host stands for when it is one, without brackets and zone; null when it is a name. */
export function literalAddress(host: string): string | null {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  const ip = bare.split('%', 1)[0] ?? ''
  return isIP(ip) === 0 ? null : ip
}

/**
 * Whether an address is on the public internet. Not so: private, loopback, link-local, carrier-grade NAT, multicast,
 * documentation, benchmarking, and every IPv6 form that wraps an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(ip: string): boolean {
  if (isIP(ip) === 4) return !notPublicV4.check(ip, 'ipv4')
  return publicV6.check(ip, 'ipv6') && !notPublicV6.check(ip, 'ipv6')
}

/** Whether an address may be reached only when it is listed by itself, because a machine's own secrets live there. */
export function isGuardedAddress(ip: string): boolean {
  return guarded.check(ip, familyOf(ip))
}
