/** The code of an error of a system call, a database, Node.js or a package; '' where there is none. */
export function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
