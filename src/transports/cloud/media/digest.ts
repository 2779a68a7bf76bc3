// SHA-256 digests as Meta writes them: base64 in callbacks, hex in what Graph says of a file.

/** In hex; null for what is no such digest. */
export function hexOf(sha256: string): string | null {
  if (/^[0-9a-f]{64}$/i.test(sha256)) return sha256.toLowerCase()
  const bytes = Buffer.from(sha256, 'base64')
  return bytes.length === 32 ? bytes.toString('hex') : null
}
