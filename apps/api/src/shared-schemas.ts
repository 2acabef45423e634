/** What holds data, which may look like a schema. */
const OPAQUE: ReadonlySet<string> = new Set(["info", "example", "examples", "default", "enum", "value"]);

/**
 * Makes every schema with a `title` a component of that name, and refers to it wherever it stands. A schema with the title and
 * without a type stands for the component, too: so a description can say more of an item than its validation.
 *
 * @param document an OpenAPI document; it is left as it is
 */
export function shareTitled<Document extends object>(document: Document): Document {
  const shared = new Map<string, unknown>();
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== "object" || node === null) return node;
    const walked = Object.fromEntries(
      Object.entries(node).map(([name, member]: [string, unknown]) => [
        name,
        OPAQUE.has(name) ? member : walk(member),
      ]),
    );
    // A property called `title` has a schema there, not a text.
    if (!("title" in node) || typeof node.title !== "string") return walked;
    if ("type" in node || "anyOf" in node) shared.set(node.title, walked);
    return { $ref: `#/components/schemas/${node.title}` };
  };
  const walked = walk(document) as { readonly components?: { readonly schemas?: object } };
  const schemas = { ...walked.components?.schemas, ...Object.fromEntries(shared) };
  return { ...walked, components: { ...walked.components, schemas } } as Document;
}
