// Lays out texts of the help in two columns, within the width of a terminal.

const WIDTH = 100
const COLUMN = 30

/** `left` in its column, and `right` beside it, on as many lines as it takes; a long `left` has a line of its own. */
export function wrapped(left: string, right: string, column = left === '' ? 2 : COLUMN): string {
  const lines = linesOf(right, WIDTH - column)
  const head = column === 0 ? '' : `  ${left}`
  const indented = lines.map((line) => ' '.repeat(column) + line)
  if (left === '' || right === '') return left === '' ? indented.join('\n') : head
  if (head.length >= column - 1) return [head, ...indented].join('\n')
  return [head.padEnd(column) + (lines[0] ?? ''), ...indented.slice(1)].join('\n')
}

function linesOf(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
