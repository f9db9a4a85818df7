/**
 * What @fastify/swagger makes of the routes' schemas, made better for those who read it: schemas that have a title are
 * named components, each body has an example, and optional parameters have none, because a page that lets its reader
 * try things out would send it.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json | undefined
}

/** The example of an answer, where its schema has none that is right: by path and status. */
export type ExampleOf = (operation: DescribedOperation, status: number) => Json | undefined

export interface DescribedOperation {
  readonly path: string
  /** Of its parameters in the query. */
  readonly query: readonly string[]
  /** What its body is called and which members it must have; null without a body. */
  readonly body: { readonly title: string, readonly required: readonly string[] } | null
}

/** @throws when two schemas that differ have one title */
export function refineDocument (document: JsonObject, exampleOf: ExampleOf): JsonObject {
  const schemas = new Map<string, JsonObject>()
  const paths = mapObject(objectIn(document['paths']), (item, path) =>
    mapObject(objectIn(item), value => {
      const operation = objectIn(value)
      const outline = outlineOf(path, operation)
      return describedOperation(operation, status => exampleOf(outline, status), schemas)
    }))
  const named = Object.fromEntries([...schemas].sort(([one], [other]) => one < other ? -1 : 1))
  return { ...document, paths, components: { ...objectIn(document['components']), schemas: named } }
}

function outlineOf (path: string, { parameters, requestBody }: JsonObject): DescribedOperation {
  const query = listIn(parameters).map(objectIn).filter(parameter => parameter['in'] === 'query')
  const [media] = Object.values(objectIn(objectIn(requestBody)['content']))
  const { title, required } = objectIn(objectIn(media)['schema'])
  const body = media === undefined ? null : { title: String(title), required: listIn(required).map(String) }
  return { path, query: query.map(({ name }) => String(name)), body }
}

function describedOperation (
  operation: JsonObject, exampleOf: (status: number) => Json | undefined, schemas: Map<string, JsonObject>
): JsonObject {
  const { parameters, requestBody, responses } = operation
  return {
    ...operation,
    ...Array.isArray(parameters) && { parameters: parameters.map(describedParameter) },
    ...requestBody !== undefined && { requestBody: withExamples(objectIn(requestBody), undefined, schemas) },
    responses: mapObject(objectIn(responses), (response, status) =>
      withExamples(objectIn(response), exampleOf(Number(status)), schemas))
  }
}

function describedParameter (sent: Json): JsonObject {
  const parameter = objectIn(sent)
  if (parameter['required'] === true) return parameter
  const { example: _, examples: __, ...rest } = parameter
  return rest
}

/** A body in all of its media types. */
function withExamples (body: JsonObject, example: Json | undefined, schemas: Map<string, JsonObject>): JsonObject {
  if (body['content'] === undefined) return body
  const content = mapObject(objectIn(body['content']), media => {
    const { schema, example: own, examples, ...rest } = objectIn(media)
    const [first] = Object.values(objectIn(examples))
    // What is said of an answer is said of it already.
    const { description: _, ...shown } = objectIn(schema)
    const value = own ?? objectIn(first)['value'] ?? example ?? exampleIn(shown)
    const named = lifted('description' in body ? shown : objectIn(schema), schemas)
    return { ...rest, schema: named, ...value !== undefined && { example: value } }
  })
  return { ...body, content }
}

/** The first example of a schema, or one made of those of its members. */
function exampleIn (schema: JsonObject): Json | undefined {
  const { examples, properties, items, enum: values, anyOf } = schema
  if (Array.isArray(examples)) return examples[0]
  if (Array.isArray(values)) return values[0]
  if (Array.isArray(anyOf)) return exampleIn(objectIn(anyOf[0]))
  if (items !== undefined) {
    const item = exampleIn(objectIn(items))
    return item === undefined ? [] : [item]
  }
  if (properties === undefined) return undefined
  const members = mapObject(objectIn(properties), member => exampleIn(objectIn(member)))
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
}

/** The schema with all that have a title taken out of it, itself included. */
function lifted (schema: Json, schemas: Map<string, JsonObject>): Json {
  if (Array.isArray(schema)) return schema.map(member => lifted(member, schemas))
  if (!isObject(schema)) return schema
  const { examples, ...rest } = schema
  const within = mapObject(rest, member => lifted(member, schemas))
  const whole = examples === undefined ? within : { ...within, examples }
  const { title, description, ...shape } = whole
  if (typeof title !== 'string') return whole
  const known = schemas.get(title)
  if (known === undefined) schemas.set(title, whole)
  else if (shapeOf(known) !== shapeOf(whole)) throw new Error(`Two schemas are called ${title}: ${shapeOf(shape)}`)
  const isOther = known !== undefined && description !== undefined && description !== known['description']
  return { $ref: `#/components/schemas/${title}`, ...isOther && { description } }
}

/** What makes two schemas one, whatever is said of them. */
function shapeOf ({ description: _, examples: __, ...shape }: JsonObject): string {
  return JSON.stringify(shape)
}

function mapObject (
  object: JsonObject, change: (value: Json, name: string) => Json | undefined
): Record<string, Json | undefined> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value ?? null, name)]))
}

function listIn (value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function objectIn (value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function isObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
