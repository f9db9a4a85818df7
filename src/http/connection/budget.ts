/**
 * A number of bytes that holders share. One holder is always admitted, whatever it needs; the others wait in the order
 * in which they came.
 */
export function createBudget<Holder> (max: number) {
  const held = new Map<Holder, number>()
  const waiting = new Map<Holder, { readonly bytes: number, readonly admit: () => void }>()
  let total = 0

  function fits (bytes: number): boolean {
    return total === 0 || total + bytes <= max
  }

  function take (holder: Holder, bytes: number): void {
    total += bytes - (held.get(holder) ?? 0)
    held.set(holder, bytes)
  }

  return {
    /** True when the bytes are taken now; otherwise `admit` is called as soon as they are. */
    acquire (holder: Holder, bytes: number, admit: () => void): boolean {
      const isAdmitted = held.has(holder) || (waiting.size === 0 && fits(bytes))
      if (isAdmitted) take(holder, bytes)
      else waiting.set(holder, { bytes, admit })
      return isAdmitted
    },

    /** Ends the holding or the waiting, and admits those that now fit. */
    release (holder: Holder): void {
      total -= held.get(holder) ?? 0
      held.delete(holder)
      waiting.delete(holder)
      for (const [next, { bytes, admit }] of waiting) {
        if (!fits(bytes)) return
        waiting.delete(next)
        take(next, bytes)
        admit()
      }
    },

    held: held as ReadonlyMap<Holder, number>,

    /** How many bytes those that wait need beyond what is free; 0 when none waits. */
    get shortage (): number {
      if (waiting.size === 0) return 0
      let wanted = total - max
      for (const { bytes } of waiting.values()) wanted += bytes
      return wanted
    }
  }
}
