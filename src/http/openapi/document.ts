export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Json | undefined
}

/** The example of a response, where its schema has none. */
type ExampleOf = (operation: OperationOutline, status: number) => Json | undefined

export interface OperationOutline {
  readonly path: string
  /** The names of its query parameters. */
  readonly query: readonly string[]
  /** The title and the required members of its body; null without a body. */
  readonly body: { readonly title: string, readonly required: readonly string[] } | null
}

/**
 * Refines the document that @fastify/swagger makes of the schemas of the routes: schemas with a title become named
 * components, each body gets an example, and optional parameters lose theirs, since the page at /docs would send them.
 *
 * @throws when two different schemas have the same title
 */
export function refineDocument (document: JsonObject, exampleOf: ExampleOf): JsonObject {
  const schemas = new Map<string, JsonObject>()
  const paths = mapObject(objectIn(document['paths']), (item, path) =>
    mapObject(objectIn(item), value => {
      const operation = objectIn(value)
      const outline = outlineOf(path, operation)
      return refineOperation(operation, status => exampleOf(outline, status), schemas)
    }))
  const named = Object.fromEntries([...schemas].sort(([one], [other]) => one < other ? -1 : 1))
  return { ...document, paths, components: { ...objectIn(document['components']), schemas: named } }
}

function outlineOf (path: string, { parameters, requestBody }: JsonObject): OperationOutline {
  const query = listIn(parameters).map(objectIn).filter(parameter => parameter['in'] === 'query')
  const [media] = Object.values(objectIn(objectIn(requestBody)['content']))
  const { title, required } = objectIn(objectIn(media)['schema'])
  const body = media === undefined ? null : { title: String(title), required: listIn(required).map(String) }
  return { path, query: query.map(({ name }) => String(name)), body }
}

function refineOperation (
  operation: JsonObject, exampleOf: (status: number) => Json | undefined, schemas: Map<string, JsonObject>
): JsonObject {
  const { parameters, requestBody, responses } = operation
  return {
    ...operation,
    ...Array.isArray(parameters) && { parameters: parameters.map(refineParameter) },
    ...requestBody !== undefined && { requestBody: withExamples(objectIn(requestBody), undefined, schemas) },
    responses: mapObject(objectIn(responses), (response, status) =>
      withExamples(objectIn(response), exampleOf(Number(status)), schemas))
  }
}

function refineParameter (value: Json): JsonObject {
  const parameter = objectIn(value)
  if (parameter['required'] === true) return parameter
  const { example: _, examples: __, ...rest } = parameter
  return rest
}

/** A body with an example for each of its media types. */
function withExamples (body: JsonObject, example: Json | undefined, schemas: Map<string, JsonObject>): JsonObject {
  if (body['content'] === undefined) return body
  const content = mapObject(objectIn(body['content']), media => {
    const { schema, example: own, examples, ...rest } = objectIn(media)
    const [first] = Object.values(objectIn(examples))
    // The description of a response is already that of its schema.
    const { description: _, ...shown } = objectIn(schema)
    const value = own ?? objectIn(first)['value'] ?? example ?? exampleIn(shown)
    const named = asReferences('description' in body ? shown : objectIn(schema), schemas)
    return { ...rest, schema: named, ...value !== undefined && { example: value } }
  })
  return { ...body, content }
}

/** The first example of a schema, or one composed of the examples of its members. */
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

/** Replaces schemas with a title, also this one, by references to components. */
function asReferences (schema: Json, schemas: Map<string, JsonObject>): Json {
  if (Array.isArray(schema)) return schema.map(member => asReferences(member, schemas))
  if (!isObject(schema)) return schema
  const { examples, ...rest } = schema
  const within = mapObject(rest, member => asReferences(member, schemas))
  const whole = examples === undefined ? within : { ...within, examples }
  const { title, description, ...shape } = whole
  if (typeof title !== 'string') return whole
  const known = schemas.get(title)
  if (known === undefined) schemas.set(title, whole)
  else if (shapeOf(known) !== shapeOf(whole)) throw new Error(`Two schemas have the title ${title}: ${shapeOf(shape)}`)
  const isOther = known !== undefined && description !== undefined && description !== known['description']
  return { $ref: `#/components/schemas/${title}`, ...isOther && { description } }
}

/** What must be equal in two schemas with the same title. */
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
