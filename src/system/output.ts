/** Writing to a descriptor whose other end may be gone. */
import { writeSync } from 'node:fs'

export interface Output {
  /**
   * Writes all of the text before it returns. What cannot be written is dropped: the pipe was closed (EPIPE), the
   * terminal is gone (EIO), the disk is full (ENOSPC). It never throws, and waits for a full pipe only for a moment.
   *
   * @returns why it could not be written; null when it was
   */
  write (text: string): Error | null
}

/** Like fs.writeSync: answers how many bytes were written. */
export type Write = (descriptor: number, bytes: Uint8Array) => number

/** How often, and how far apart (ms), a pipe that is full is tried again. One that was too slow is not waited for. */
const TRIES = 20
const PAUSE_MS = 10

export function createOutput (
  descriptor: number, write: Write = writeSync, pause: (ms: number) => void = block
): Output {
  /** The last text broke off in the middle of a line. */
  let isBroken = false
  let isSlow = false

  function writeAll (bytes: Uint8Array): void {
    let tries = isSlow ? 1 : TRIES
    for (let done = 0; done < bytes.length;) {
      try {
        done += write(descriptor, bytes.subarray(done))
        isBroken = done < bytes.length
        isSlow = false
      } catch (error) {
        if (!isFull(error)) throw error
        if (--tries === 0) {
          isSlow = true
          throw error
        }
        pause(PAUSE_MS)
      }
    }
  }

  return {
    write (text) {
      try {
        writeAll(Buffer.from(isBroken ? `\n${text}` : text))
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

function isFull (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}

function block (ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
