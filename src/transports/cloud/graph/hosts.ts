// Which addresses may be sent an access token.

/** Hosts that Meta serves files from (lookaside.fbsbx.com, scontent-*.fbcdn.net, ...); sub-domains included. */
const META_HOSTS = ['fbsbx.com', 'facebook.com', 'fbcdn.net', 'whatsapp.net', 'whatsapp.com']

/** Whether a file's address is one of Meta's, or of the very server that plays Graph. */
export function mayHaveToken(address: URL, graph: URL): boolean {
  if (address.username !== '' || address.password !== '') return false
  if (address.origin === graph.origin) return true
  const isMeta = META_HOSTS.some((host) => address.hostname === host || address.hostname.endsWith(`.${host}`))
  return isMeta && address.protocol === 'https:' && address.port === ''
}
