import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiFixture } from "./api-fixture.ts";

const NASTY: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "\u0000",
  "\ud800",
  "%",
  "\\",
  "a".repeat(70_000),
  [],
  [null],
  ["\u0000@a.test", "a@b.test\r\nX: y"],
  {},
  { toString: 1, length: -1 },
];
const VERSION = ["name", "subject", "html_content", "plain_content", "test_data", "active", "editor"];
/** What takes bodies, and the fields that are looked at there. */
const DOORS: readonly (readonly ["POST" | "PUT" | "PATCH" | "DELETE", string, readonly string[]])[] = [
  ["DELETE", "suppression/bounces", ["delete_all", "emails"]],
  ["POST", "asm/groups", ["name", "description", "is_default"]],
  ["PATCH", "asm/groups/GROUP", ["name", "description", "is_default"]],
  ["POST", "asm/groups/GROUP/suppressions", ["recipient_emails"]],
  ["POST", "asm/groups/GROUP/suppressions/search", ["recipient_emails"]],
  ["POST", "asm/suppressions/global", ["recipient_emails"]],
  ["POST", "templates", ["name", "generation"]],
  ["PATCH", "templates/TEMPLATE", ["name"]],
  ["POST", "templates/TEMPLATE", ["name"]],
  ["POST", "templates/TEMPLATE/versions", VERSION],
  ["POST", "templates/LEGACY/versions", VERSION],
  ["POST", "api_keys", ["name", "scopes"]],
  ["PUT", "api_keys/KEY", ["name", "scopes"]],
  ["PATCH", "api_keys/KEY", ["name"]],
];
const SEGMENTS = [
  "%00",
  "%25",
  "a%00@b.test",
  "'",
  "-1",
  "9".repeat(40),
  "%F0%9F%92%A9",
  "..%2f..",
  "d-",
  "x".repeat(900),
];

test("no body, path or query makes the dialect's management fail on our side", {
  timeout: 60_000,
}, async () => {
  await using fixture = await openApiFixture();
  const { headers } = await fixture.addTenant();
  const ask = async (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    payload?: unknown,
  ) => {
    const body = payload === undefined ? {} : { payload: JSON.stringify(payload) };
    const type = payload === undefined ? {} : { "content-type": "application/json" };
    const answer = await fixture.app.inject({
      method,
      url: `/v3/${path}`,
      headers: { ...headers, ...type },
      ...body,
    });
    const told = `${method} ${path.slice(0, 100)} ${JSON.stringify(payload ?? null).slice(0, 100)}: ${answer.body.slice(0, 200)}`;
    assert.ok(answer.statusCode < 500, told);
    if (answer.statusCode >= 400) {
      const { errors } = answer.json();
      assert.ok(Array.isArray(errors) && errors.length > 0 && typeof errors[0].message === "string", told);
    }
    return answer;
  };
  const group = (await ask("POST", "asm/groups", { name: "g", description: "d" })).json().id;
  const template = (await ask("POST", "templates", { name: "t", generation: "dynamic" })).json().id;
  const legacy = (await ask("POST", "templates", { name: "t" })).json().id;
  const made = (await ask("POST", "api_keys", { name: "k", scopes: ["mail.send"] })).json().api_key_id;
  const fill = (path: string): string =>
    path.replace("GROUP", group).replace("TEMPLATE", template).replace("LEGACY", legacy).replace("KEY", made);
  for (const [method, path, fields] of DOORS) {
    for (const nasty of NASTY) {
      await ask(method, fill(path), nasty);
      for (const field of fields)
        await ask(method, fill(path), { name: "n", description: "d", subject: "s", [field]: nasty });
    }
  }
  for (const segment of SEGMENTS) {
    for (const path of [
      `suppression/blocks/${segment}`,
      `suppression/bounces/classifications/${segment}`,
      `asm/groups/${segment}`,
      `asm/groups/${group}/suppressions/${segment}`,
      `asm/suppressions/${segment}`,
      `asm/suppressions/global/${segment}`,
      `templates/${segment}`,
      `templates/${template}/versions/${segment}`,
      `api_keys/${segment}`,
    ]) {
      await ask("GET", path);
      await ask("DELETE", path);
    }
    for (const query of [
      "email",
      "limit",
      "offset",
      "start_time",
      "start_date",
      "id",
      "page_token",
      "page_size",
      "generations",
    ]) {
      for (const path of [
        "suppression/bounces",
        "suppression/bounces/classifications",
        "asm/groups",
        "templates",
        "api_keys",
      ]) {
        await ask("GET", `${path}?${query}=${segment}&${query}=${segment}`);
        await ask("GET", `${path}?${query}=${segment}`);
      }
    }
  }
});
