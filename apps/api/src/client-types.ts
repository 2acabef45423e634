/** What is read of an OpenAPI document here: JSON, as @fastify/swagger makes it. */
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly in: "path" | "query" | "header";
    readonly name: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Schema {
  readonly $ref?: string;
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
}
export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * The types and the table of operations that `@waxwing/client` is made from: `packages/client/src/operations.ts`. Request and answer
 * of the operation `send` are called `SendBody` and `SendAnswer`.
 *
 * @throws for what is in a description and cannot be said in TypeScript here: a bug, seen when generating.
 */
export function renderClientTypes(description: ApiDescription): string {
  const operations = Object.entries(description.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
    .sort((a, b) => (a.operation.operationId < b.operation.operationId ? -1 : 1));
  const components = Object.entries(description.components.schemas).map(
    ([name, schema]) => `${comment(schema.description, "")}export type ${name} = ${typeOf(schema, "")};\n`,
  );
  const parts = operations.map(({ path, method, operation }) => operationTypes(path, method, operation));
  return `// Generated from openapi/openapi.json by \`node apps/api/generate.ts\`; do not edit.

${components.join("\n")}
${parts.map(({ types }) => types).join("\n")}
/** Every operation of the native API: what it takes and what it answers. */
export interface Operations {
${parts.map(({ member }) => member).join("\n")}
}

/** Where each operation is, and how it is written. */
export const OPERATIONS: Readonly<Record<keyof Operations, OperationPlace>> = {
${parts.map(({ row }) => row).join("\n")}
};

/** \`idempotencyKey\`: it takes an Idempotency-Key, with which it can be repeated. */
export interface OperationPlace {
  readonly method: string;
  readonly path: string;
  readonly answer: "json" | "text" | "none";
  readonly body?: string;
  readonly idempotencyKey?: true;
}
`;
}

function operationTypes(path: string, method: string, operation: Operation) {
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  const name = `${operationId[0]?.toUpperCase() ?? ""}${operationId.slice(1)}`;
  const [, answer] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const members: string[] = [];
  const types: string[] = [];
  const add = (member: string, type: string | null, optional = false): void => {
    if (type === null) return;
    const typeName = `${name}${member[0]?.toUpperCase() ?? ""}${member.slice(1)}`;
    types.push(
      `/** ${member} of \`${method} ${path}\`: ${summary}. */\nexport type ${typeName} = ${type};\n`,
    );
    members.push(`${member}${optional ? "?" : ""}: ${typeName}`);
  };
  const fieldsIn = (place: string) => parameters.filter((parameter) => parameter.in === place);
  add("params", fieldsType(fieldsIn("path")));
  const query = fieldsIn("query");
  add("query", fieldsType(query), !query.some(({ required = false }) => required));
  const [contentType = null, body = null] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  add("body", body === null ? null : typeOf(body.schema, ""));
  const content = Object.entries(answer?.content ?? {})[0];
  const isJson = content?.[0] === "application/json";
  const kind = content === undefined ? "none" : isJson ? "json" : "text";
  add("answer", content === undefined ? "null" : isJson ? typeOf(content[1].schema, "") : "string");
  const traits = [
    `method: "${method}"`,
    `path: "${path}"`,
    `answer: "${kind}"`,
    ...(contentType === null ? [] : [`body: "${contentType}"`]),
    ...(fieldsIn("header").some((field) => field.name === "idempotency-key") ? ["idempotencyKey: true"] : []),
  ];
  return {
    types: types.join("\n"),
    member: `  ${operationId}: { ${members.join("; ")} };`,
    row: `  ${operationId}: { ${traits.join(", ")} },`,
  };
}

function fieldsType(fields: NonNullable<Operation["parameters"]>): string | null {
  if (fields.length === 0) return null;
  return objectType(
    {
      properties: Object.fromEntries(
        fields.map(({ name, schema, description }) => [
          name,
          description === undefined ? schema : { ...schema, description },
        ]),
      ),
      required: fields.filter(({ required = false }) => required).map(({ name }) => name),
    },
    "",
  );
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map((branch) => typeOf(branch, indent)))].join(" | ");
  switch (schema.type) {
    case "object":
      return objectType(schema, indent);
    case "array": {
      const { items = {} } = schema;
      const item = typeOf(items, indent);
      return `readonly ${(items.anyOf ?? items.enum ?? []).length > 1 || items.type === "array" ? `(${item})` : item}[]`;
    }
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case undefined:
      return "unknown";
    default:
      throw new Error(`no TypeScript for ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: Schema, indent: string): string {
  const { properties, required = [], additionalProperties } = schema;
  const entries = Object.entries(properties ?? {});
  if (entries.length === 0) {
    const of = typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown";
    return `Readonly<Record<string, ${of}>>`;
  }
  const inner = `${indent}  `;
  const members = entries.map(
    ([name, member]) =>
      `${comment(member.description, inner)}${inner}readonly ${/^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${typeOf(member, inner)};`,
  );
  return `{\n${members.join("\n")}\n${indent}}`;
}

/** A description cannot end its comment. */
function comment(description: string | undefined, indent: string): string {
  if (description === undefined || description === "") return "";
  return `${indent}/** ${description.replaceAll("*/", "*\\/").replaceAll("\n", `\n${indent} * `)} */\n`;
}
