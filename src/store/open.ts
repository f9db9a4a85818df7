import type { Store } from '../core/store.js'
import { type FileStoreOptions, openFileStore } from './file/index.js'
import { createMemoryStore } from './memory.js'

export interface StoreAddress {
  /** The URL of a PostgreSQL database; if set, that is the store. */
  readonly database: string | undefined
  /** The path of a snapshot file; null for a store in memory. */
  readonly file: string | null
}

/**
 * Opens the store at the address.
 *
 * @throws the error of opening that store
 */
export async function openStore (
  { database, file }: StoreAddress, options: Omit<FileStoreOptions, 'path'>
): Promise<Store> {
  if (database !== undefined) {
    // Loaded only when needed: the driver and the migrations would take a large part of every start.
    const { openPostgresStore } = await import('./postgres/index.js')
    return openPostgresStore({ ...options, url: database, onFault: error => options.onFault(error, false) })
  }
  return file === null ? createMemoryStore(options) : openFileStore({ ...options, path: file })
}
