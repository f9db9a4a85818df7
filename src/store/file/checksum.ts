import { crc32 } from 'node:zlib'

/** CRC-32 (ISO-HDLC, as in zlib), eight hexadecimal digits. */
export function checksum (data: string | Buffer): string {
  return textOf(crc32(data))
}

/** The same of data that comes in pieces. */
export interface RunningChecksum {
  add (piece: Buffer): void
  read (): string
}

export function createChecksum (): RunningChecksum {
  let crc = 0
  return {
    add (piece) {
      crc = crc32(piece, crc)
    },
    read: () => textOf(crc)
  }
}

function textOf (crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
