// QR codes: as a field of dark and light, as lines for a terminal, and as a path for a drawing.
import { encode } from 'uqr'

/** Rows of modules, true for dark, without the light border. */
export type QrField = readonly (readonly boolean[])[]

/** Modules of light around a code that readers need (ISO/IEC 18004, 5.3.8). */
export const QUIET = 4

/** Dark on white whatever the colours of the terminal are. */
const COLOURS = { on: '\x1b[30;107m', off: '\x1b[0m' }

export function qrField(text: string): QrField {
  return encode(text, { ecc: 'L', border: 0 }).data
}

/** Two rows of modules to a line of half blocks; half of the usual border is enough where the lines around are dark. */
export function qrLines(text: string, isColoured: boolean): string {
  const field = qrField(text)
  const border = QUIET / 2
  const size = field.length + 2 * border
  const isDark = (x: number, y: number): boolean => field[y - border]?.[x - border] ?? false
  const block = (upper: boolean, lower: boolean): string => {
    // Without colours the terminal's own background is the dark, as most are.
    if (isColoured) return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' '
    return upper ? (lower ? ' ' : '▄') : lower ? '▀' : '█'
  }
  const lines: string[] = []
  for (let y = 0; y < size; y += 2) {
    const line = Array.from({ length: size }, (_, x) => block(isDark(x, y), isDark(x, y + 1))).join('')
    lines.push(isColoured ? `${COLOURS.on}${line}${COLOURS.off}` : line)
  }
  return lines.join('\n')
}

/** The `d` of an SVG path that covers the dark modules, each one unit wide, the border left out. */
export function qrPath(field: QrField): string {
  return field.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
}
