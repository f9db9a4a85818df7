import type { Store } from '../core/store.js'
import { type FileStoreOptions, openFileStore } from './file/index.js'
import { createMemoryStore } from './memory.js'

export interface StoreAddress {
  /** Where PostgreSQL is; it is the store when this is there. */
  readonly database: string | undefined
  /** The path of a snapshot file; null keeps nothing on disk. */
  readonly file: string | null
}

/**
 * Opens the store that the address names.
 *
 * @throws what opening that store throws
 */
export async function openStore (
  { database, file }: StoreAddress, options: Omit<FileStoreOptions, 'path'>
): Promise<Store> {
  if (database !== undefined) {
    // Loaded only where it is wanted: the driver and the migrations would be a good part of every start.
    const { openPostgresStore } = await import('./postgres/index.js')
    return openPostgresStore({ ...options, url: database, onFault: error => options.onFault(error, false) })
  }
  return file === null ? createMemoryStore(options) : openFileStore({ ...options, path: file })
}
