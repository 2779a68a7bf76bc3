// Steps of the show, as lines with the time that each took.

/** `tookMs` unless said: since the step before. */
export type Step = (text: string, tookMs?: number) => void

/** The first step counts from the start of the process. */
export function createStep(): Step {
  let last = 0
  return (text, tookMs = performance.now() - last) => {
    console.log(`${tookMs.toFixed(0).padStart(7)} ms  ${text}`)
    last = performance.now()
  }
}
