// Where Meta calls an account, and paths as people write them.

/** Where Meta calls an account: its `webhook_path` if it has one, else `/webhooks/whatsapp/<account id>`. */
export function callbackPathOf(account: string, webhookPath: string | null): string {
  const own = webhookPath?.trim() ?? ''
  if (own === '') return `/webhooks/whatsapp/${account}`
  // Owners paste the whole address that they gave Meta.
  const path = URL.canParse(own) ? new URL(own).pathname : own
  return decodePath(path.startsWith('/') ? path : `/${path}`) ?? path
}

/** A path as people write it, without percent signs and a slash at the end; null when it is broken. */
export function decodePath(path: string): string | null {
  try {
    const decoded = path.includes('%') ? decodeURIComponent(path) : path
    return decoded.length > 1 ? decoded.replace(/\/+$/, '') || '/' : decoded
  } catch {
    return null
  }
}
