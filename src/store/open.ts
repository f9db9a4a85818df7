import type { Store } from '../core/store.js'
import { type FileStoreOptions, openFileStore } from './file/index.js'
import { createMemoryStore } from './memory/index.js'

/** The value of DATA_FILE that keeps nothing on disk. */
export const MEMORY = 'memory:'

/**
 * Opens the store that the address names: `memory:`, or the path of a snapshot file.
 *
 * @throws what opening that store throws
 */
export async function openStore (address: string, options: Omit<FileStoreOptions, 'path'>): Promise<Store> {
  return address === MEMORY ? createMemoryStore(options) : openFileStore({ ...options, path: address })
}
