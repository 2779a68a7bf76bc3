// Where the parts of a JSON text stand, so that a mistake in it can be pointed at by line and column.

/** Lines and columns count from 1; the end is the last character. */
export type Place = { line_start: number; line_end: number; column_start: number; column_end: number }

/** Finds the part at a path such as `$root/screens/0/layout`; the nearest part around it when there is none. */
export type Locate = (path: string) => Place

/** Reads the places out of a text that JSON.parse takes. */
export function placesOf(text: string): Locate {
  const spans = new Map<string, [number, number]>()
  read(text, spans)
  const lines = lineStarts(text)
  return (path) => {
    let nearest = path
    while (!spans.has(nearest) && nearest.includes('/')) nearest = nearest.slice(0, nearest.lastIndexOf('/'))
    return placeOf(lines, spans.get(nearest) ?? [0, 1])
  }
}

/** The place of one character, for a text that is not JSON. */
export function placeAt(text: string, offset: number): Place {
  return placeOf(lineStarts(text), [offset, offset + 1])
}

type Frame = { path: string; start: number; isList: boolean; index: number; key: string }

/** Goes through the tokens once; objects and arrays that are open are kept in a stack. */
function read(text: string, spans: Map<string, [number, number]>): void {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs
  const stack: Frame[] = []
  let isKey = false
  for (const { 0: piece, index: at } of text.matchAll(token)) {
    const frame = stack.at(-1)
    const path = frame ? `${frame.path}/${frame.isList ? frame.index : frame.key}` : '$root'
    if (piece === '{' || piece === '[') {
      stack.push({ path, start: at, isList: piece === '[', index: 0, key: '' })
      isKey = piece === '{'
    } else if (piece === '}' || piece === ']') {
      stack.pop()
      if (frame) spans.set(frame.path, [frame.start, at + 1])
    } else if (piece === ',') {
      if (frame?.isList) frame.index += 1
      isKey = frame?.isList === false
    } else if (piece === ':') {
      isKey = false
    } else if (isKey && frame) {
      frame.key = String(JSON.parse(piece))
    } else {
      spans.set(path, [at, at + piece.length])
    }
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function placeOf(lines: readonly number[], [start, end]: [number, number]): Place {
  const [from, to] = [lineColumn(lines, start), lineColumn(lines, Math.max(start, end - 1))]
  return { line_start: from.line, line_end: to.line, column_start: from.column, column_end: to.column }
}

function lineColumn(lines: readonly number[], offset: number): { line: number; column: number } {
  const after = lines.findIndex((start) => start > offset)
  const line = after < 0 ? lines.length : after
  return { line, column: offset - (lines[line - 1] ?? 0) + 1 }
}
