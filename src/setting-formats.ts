/** The formats of texts in settings: a check, and a description for the error message. */
import { isIP } from 'node:net'

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i

/** A source of the Content-Security-Policy frame-ancestors. Without its quotes, 'self' would be the name of a host. */
const FRAME_SOURCE = /^(?!(?:self|none)$)(?:'self'|\*|https?:|(?:https?:\/\/)?(?:\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(?::(?:\d{1,5}|\*))?)$/i

/** `allowed` completes "allowed: …". */
export const FORMATS = {
  address: { allowed: 'an IP address or a host name', valid: text => isIP(text) !== 0 || HOST_NAME.test(text) },
  'host-name': { allowed: 'host names without a port, separated by commas', valid: text => HOST_NAME.test(text) },
  origin: {
    allowed: 'origins such as https://course.example, without a path, separated by commas; no *',
    valid: isOrigin
  },
  'frame-ancestors': {
    allowed: "'none', or 'self' and sites such as https://course.example or https://*.example, separated by spaces",
    valid: text => text === "'none'" || text.split(/ +/).every(source => FRAME_SOURCE.test(source))
  },
  'ip-range': { allowed: 'IP addresses or ranges such as 10.0.0.0/8, separated by commas', valid: isIpRange },
  url: {
    allowed: 'http://HOST:PORT or https://HOST:PORT, without user or query; several separated by commas',
    valid: isBaseUrl
  },
  database: {
    allowed: 'postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    valid: text => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)
  },
  name: { allowed: 'up to 200 characters, without control characters', valid: text => /^\P{Cc}{1,200}$/u.test(text) },
  // What an Authorization header can contain (RFC 6750, section 2.1).
  token: {
    allowed: 'at least 16 letters, digits and - . _ ~ + /, then optional =',
    valid: text => /^[\w.~+/-]{16,}=*$/.test(text)
  },
  path: { allowed: 'path of a .json file, or memory:', valid: text => !text.includes('\0') }
} as const satisfies Readonly<Record<string, { allowed: string, valid: (text: string) => boolean }>>

export type FormatName = keyof typeof FORMATS

function isIpRange (text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (bits < 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
}

/** As browsers write it: an origin in another spelling would never match. */
function isOrigin (text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

function isBaseUrl (text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === ''
}
