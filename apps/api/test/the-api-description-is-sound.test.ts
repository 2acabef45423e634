import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";

const path = fileURLToPath(new URL("../../../openapi/openapi.json", import.meta.url));

interface Media {
  readonly schema?: { readonly $ref?: string; readonly examples?: readonly unknown[] };
  readonly example?: unknown;
  readonly examples?: object;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>;
  };
}

suite("the API description is sound", { timeout: 60_000 }, () => {
  test("Redocly's linter has nothing to say, examples fit their schemas among it", async () => {
    const config = await createConfig({
      extends: ["recommended-strict"],
      rules: {
        // Where a platform runs is its operator's business: the description has no servers, and paths are relative to its own address.
        "no-empty-servers": "off",
        "no-invalid-media-type-examples": { severity: "error", allowAdditionalProperties: false },
        "no-invalid-schema-examples": { severity: "error", allowAdditionalProperties: false },
        "operation-operationId": "error",
        "operation-description": "off",
        "path-segment-plural": "off",
        "tag-description": "error",
        "no-unused-components": "error",
        // Health, metrics and the index refuse nobody; the test below asks the others for their refusals.
        "operation-4xx-response": "off",
      },
    });
    const problems = await lint({ ref: path, config });
    assert.deepEqual(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
      [],
    );
  });

  test("every operation names itself, its tag, its scope and its refusals, and shows a body and an answer", async () => {
    const { paths, components } = JSON.parse(await readFile(path, "utf8")) as Description;
    const hasExample = ({ schema, example, examples }: Media): boolean =>
      example !== undefined ||
      examples !== undefined ||
      schema?.examples !== undefined ||
      (schema?.$ref !== undefined &&
        components.schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)]?.examples !== undefined);
    const lacking: string[] = [];
    for (const [url, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { operationId, summary, tags, security, requestBody, responses } = operation;
        const says = (what: string): void => void lacking.push(`${method} ${url}: ${what}`);
        if (!operationId || !summary || tags?.length !== 1) says("operationId, summary or tag");
        const open = tags?.[0] === "Operations";
        if (!open && security?.length !== 1) says("security");
        const statuses = Object.keys(responses);
        if (!open && !["401", "403", "503"].every((status) => statuses.includes(status))) says("4xx and 503");
        const takesInput = requestBody !== undefined || method === "patch";
        if (takesInput && !["400", "413", "415"].every((status) => statuses.includes(status)))
          says("refusals of a body");
        if (url.includes("{") && !statuses.includes("404")) says("404");
        for (const media of Object.values(requestBody?.content ?? {}))
          if (!hasExample(media)) says("an example of the body");
        for (const [status, { content = {} }] of Object.entries(responses))
          for (const [type, media] of Object.entries(content))
            if (status.startsWith("2") && type === "application/json" && !hasExample(media))
              says(`an example of the ${status}`);
      }
    }
    assert.deepEqual(lacking, []);
  });
});
