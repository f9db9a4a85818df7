/** Writing to a descriptor whose reader may have ended. */
import { writeSync } from 'node:fs'
import { codeOf } from '../core/error-code.js'

export type Output = ReturnType<typeof createOutput>

/** Like fs.writeSync: returns how many bytes were written. */
export type Write = (descriptor: number, bytes: Uint8Array) => number

/** How often, and how far apart (ms), a write to a full pipe is tried. After it failed, the next is tried once. */
const TRIES = 20
const PAUSE_MS = 10

export function createOutput (descriptor: number, write: Write = writeSync, pause: (ms: number) => void = block) {
  /** The last text was cut off in the middle of a line. */
  let isCut = false
  let isSlow = false

  function writeAll (bytes: Uint8Array): void {
    let tries = isSlow ? 1 : TRIES
    for (let done = 0; done < bytes.length;) {
      try {
        done += write(descriptor, bytes.subarray(done))
        isCut = done < bytes.length
        isSlow = false
      } catch (error) {
        // The pipe is full.
        if (codeOf(error) !== 'EAGAIN') throw error
        if (--tries === 0) {
          isSlow = true
          throw error
        }
        pause(PAUSE_MS)
      }
    }
  }

  return {
    /**
     * Writes all of the text before it returns. What cannot be written is dropped: the pipe was closed (EPIPE), the
     * terminal was closed (EIO), the disk is full (ENOSPC). It never throws, and waits for a full pipe at most 200 ms.
     *
     * @returns why the text could not be written; null when it was
     */
    write (text: string): Error | null {
      try {
        writeAll(Buffer.from(isCut ? `\n${text}` : text))
        return null
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      }
    }
  }
}

/** The standard streams of the process. */
export const stdout = createOutput(1)
export const stderr = createOutput(2)

function block (ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
