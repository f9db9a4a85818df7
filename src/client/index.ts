/** `longhand/client`: a client for pages and for Node. It has no dependencies and uses only what both provide. */
export type {
  Agent, AgentState, AgentTask, Agents, AttemptOutcome, EarlierAttempt, Effort, Expression, Failure, Language,
  LanguageOperation, ListEntry, ListPage, ListQuery, Operation, OperationState, Status, Unserved
} from './api.js'
export {
  type Calculation, type CalculateOptions, type CallOptions, type Client, type ClientOptions, type ExpressionOptions,
  createClient
} from './client.js'
export type { ClientClock } from './clock.js'
export { LonghandError } from './error.js'
export type { RetryPolicy } from './retry.js'
export {
  type ChangeMessage, type ChangeReader, type ExpressionChange, type ExpressionUpdate, type ListChange,
  type ListUpdate, createExpressionReader, createListReader
} from './state.js'
export type { WatchOptions } from './watch.js'
