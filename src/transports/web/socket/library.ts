// What the client library is, as one value: it is loaded once, late, and handed on.

/** Everything that the library exports. */
export type Library = typeof import('baileys')
