/**
 * The frames in which the page changes. What is requested before a frame is applied in one, so that it is rendered
 * once; and a render that takes long leaves twice as much time to everything else.
 */
let requested: Array<() => void> = []
let notBefore = 0

/** Calls `run` in the next frame in which the page may change. Never while the page is hidden. */
export function requestFrame (run: () => void): () => void {
  if (requested.length === 0) requestAnimationFrame(apply)
  requested.push(run)
  return () => { requested = requested.map(each => each === run ? nothing : each) }
}

function apply (now: number): void {
  if (now < notBefore) {
    requestAnimationFrame(apply)
    return
  }
  const runs = requested
  requested = []
  const began = performance.now()
  for (const run of runs) run()
  // Preact renders in a microtask, which the first of the runs has queued.
  queueMicrotask(() => { notBefore = now + 3 * (performance.now() - began) })
}

function nothing (): void {}
