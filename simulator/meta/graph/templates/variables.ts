// The placeholders of templates: `{{1}}` or `{{first_name}}`, where they stand, and what is put in their place.

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The names of the variables of a text, each once, in order of appearance. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** The text with its variables filled in; what has no value stays as it is. */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(placeholder, (whole: string, name: string) => values.get(name) ?? whole)
}

/** The text around its variables. */
export function withoutVariables(text: string): string {
  return text.replaceAll(placeholder, ' ')
}

/** How many words a text has besides its variables. */
export function wordsBeside(text: string): number {
  return withoutVariables(text)
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}

/** True for a text that begins or ends with a variable. */
export function hasVariableAtEdge(text: string): boolean {
  return /^\{\{|\}\}$/.test(text.trim())
}
