// Secrets that anybody guesses: a few characters over and over, or a stretch of the alphabet.

/** Whether a secret is one stretch again and again, of fewer than five different characters, or runs up or down. */
export function repeatsItself(secret: string): boolean {
  return /^(.{1,12}?)\1+$/s.test(secret) || new Set(secret).size < 5 || runs(secret)
}

/** Whether text is a stretch of characters that each follow the one before (`abcdef...`, `987654...`). */
function runs(text: string): boolean {
  const steps = new Set(Array.from(text.slice(1), (letter, at) => letter.charCodeAt(0) - text.charCodeAt(at)))
  return steps.size === 1
}
