/** For programs that embed Longhand. */
export { type Agent, type AgentOptions, startAgent } from './agent/pool.js'
export { type EngineOptions as ServerOptions } from './engine.js'
export { createServer, type Server } from './server.js'
export { type Environment, readSettings, type Settings } from './settings.js'
