import { type Answer, call } from './launch.js'

/** Polls until the answer satisfies the condition; the time limit of the test bounds it. */
export async function until<T> (ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Polls an address until the body satisfies the condition, or the response is an error. */
export async function poll<Body> (url: string, isSo: (body: Body) => boolean): Promise<Answer & { body: Body }> {
  const answer = await until(() => call('GET', url), ({ status, body }) => status !== 200 || isSo(body as Body))
  return { status: answer.status, body: answer.body as Body }
}

/** Polls until a task of the expression was claimed, by the public API; the service's own contract may not show it. */
export async function underWay (server: { readonly url: string }, id: number | string): Promise<void> {
  const url = `${server.url}/api/v1/expressions/${id}`
  await poll<{ expression: { status: string } }>(url, ({ expression }) => expression.status !== 'pending')
}
