/** For programs that embed Longhand. */
export { type Agent, type AgentOptions, startAgent } from './agent/pool.js'
export { createServer, type Server, type ServerOptions } from './server.js'
export { type Environment, readSettings, type Settings } from './settings.js'
