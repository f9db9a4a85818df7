/**
 * Removes a part from a request and returns it. A request lives until its response, and a parsed body may take many
 * times its length, most of it in members that are ignored: once detached, only what is used of it stays in memory.
 */
export function detach<Request extends object, Part extends keyof Request> (
  request: Request, part: Part
): Request[Part] {
  const input = request[part]
  Reflect.set(request, part, undefined)
  return input
}
