/**
 * The files of a running server are not its own any more, or not as it left them. It acknowledges nothing more: only a
 * new process, which takes the lock and reads everything again, may do that.
 */
const NAME = 'OwnershipError'

export function isOwnershipError (error: unknown): error is Error {
  return error instanceof Error && error.name === NAME
}

export function lockLostError (path: string): Error {
  return ownershipError(`The lock of the store of ${path} was deleted, replaced or taken over by another process ` +
    'while this one was running. Make sure that only one server uses the files, then start it again')
}

export function goneError (path: string): Error {
  return ownershipError(`${path} was deleted or moved away while it was in use: nothing more can be kept. ` +
    'Stop, put the files back where they were, if they still are somewhere, and start again')
}

export function changedError (path: string): Error {
  return ownershipError(`${path} was truncated or written to by something else while it was in use: nothing more can ` +
    'be kept. Stop what does that. If the next start reports damage, restore the files from a backup')
}

function ownershipError (message: string): Error {
  return Object.assign(new Error(message), { name: NAME })
}
