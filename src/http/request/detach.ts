/**
 * Takes what a client sent out of its request. A request lives until its answer, and a body may be many times as large
 * in memory as it was on its way, most of it in members that have no meaning: only what is used of it stays.
 */
export function detach<Request extends object, Part extends keyof Request> (
  request: Request, part: Part
): Request[Part] {
  const input = request[part]
  Reflect.set(request, part, undefined)
  return input
}
