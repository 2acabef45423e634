import assert from "node:assert/strict";
import { test } from "node:test";
import { type RequestSchema, schemaProblems } from "./schema-problems.ts";
import { EventsQuery } from "./schemas/event.ts";
import { Reschedule } from "./schemas/message-changes.ts";
import { MessagesQuery } from "./schemas/message-search.ts";
import { IdempotencyHeaders, SendRequest } from "./schemas/send.ts";
import { SendBatchRequest } from "./schemas/send-batch.ts";
import { WebhookRequest } from "./schemas/webhook.ts";

const EXPLAINED = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "maxProperties",
  "items",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "enum",
  "anyOf",
]);
/** Keywords that describe and do not constrain. `format` is checked by readSubmission. */
const ANNOTATIONS = new Set([
  "description",
  "default",
  "format",
  "contentEncoding",
  "$id",
  "title",
  "examples",
]);

function keywordsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === "properties") return [keyword, ...Object.values(value as object).flatMap(keywordsOf)];
    if (keyword === "anyOf") return [keyword, ...(value as unknown[]).flatMap(keywordsOf)];
    return [keyword, ...(keyword === "items" || keyword === "additionalProperties" ? keywordsOf(value) : [])];
  });
}

test("request schemas keep to the keywords that can be explained", () => {
  for (const schema of [
    SendRequest,
    SendBatchRequest,
    Reschedule,
    MessagesQuery,
    IdempotencyHeaders,
    WebhookRequest,
    EventsQuery,
  ]) {
    const unknown = keywordsOf(schema).filter(
      (keyword) => !EXPLAINED.has(keyword) && !ANNOTATIONS.has(keyword),
    );
    assert.deepEqual(unknown, []);
  }
});

test("each keyword has its words", () => {
  const cases: readonly (readonly [RequestSchema, unknown, string])[] = [
    [{ type: "string", minLength: 1 }, "", "is empty"],
    [{ type: "string", minLength: 2 }, "a", "must have at least 2 characters"],
    [{ type: "string", maxLength: 1 }, "ab", "must have at most 1 characters"],
    [{ type: "string", pattern: "^a$" }, "b", "must match ^a$"],
    [{ type: "string", pattern: "^a$", description: "the letter a" }, "b", "must be: the letter a"],
    [{ type: "integer" }, 1.5, "must be a whole number"],
    [{ type: "boolean" }, "true", "must be true or false"],
    [{ type: "array", minItems: 1 }, [], "must have at least 1 item"],
    [{ type: "array", maxItems: 2 }, [1, 2, 3], "must have at most 2 items, not 3"],
    [{ type: "object", maxProperties: 1 }, { a: 1, b: 2 }, "must have at most 1 members, not 2"],
    [{ type: "object" }, [], "must be an object"],
    [{ enum: ["a", "b", "c"] }, "d", "must be a, b or c"],
    [{ anyOf: [{ type: "string" }, { type: "array" }] }, 1, "must be a string or an array"],
  ];
  for (const [schema, value, message] of cases) {
    assert.deepEqual(schemaProblems(schema, value), [{ field: "body", message }]);
  }
});

test("at most 100 problems, however many there are", () => {
  assert.equal(
    schemaProblems({ type: "array", items: { type: "string" } }, Array(1_000_000).fill(1)).length,
    100,
  );
});
