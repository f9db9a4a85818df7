import { crc32 } from 'node:zlib'

/** CRC-32 (ISO-HDLC, as in zlib), eight hexadecimal digits. */
export function checksum (data: string | Buffer): string {
  return textOf(crc32(data))
}

/** The same for data that comes in chunks. */
export function createChecksum () {
  let crc = 0
  return {
    add (chunk: Buffer): void {
      crc = crc32(chunk, crc)
    },
    read: (): string => textOf(crc)
  }
}

function textOf (crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
