import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseRoutePattern, type StaticRoute } from "@waxwing/runtime";
import { environmentTable } from "./route-table.ts";

const routes = Object.entries({ ".test": 1, ".a.test": 2, "example.org": 3, "*": 4 }).map(
  ([text, port]): StaticRoute => {
    const pattern = parseRoutePattern(text);
    assert.ok(pattern.kind === "ok");
    return { pattern: pattern.value, nextHop: { host: "h", port } };
  },
);

suite("the most specific pattern wins", () => {
  const table = environmentTable(routes);
  for (const [domain, port] of Object.entries({
    "a.test": 1,
    "x.b.test": 1,
    "x.a.test": 2,
    "y.x.a.test": 2,
    "example.org": 3,
    "sub.example.org": 4,
    "notexample.org": 4,
    test: 4,
  })) {
    test(`${domain} goes to port ${port}`, () => assert.equal(table.match(domain)?.port, port));
  }

  test("a domain that no route names goes by its MX records", () => {
    assert.equal(environmentTable(routes.slice(0, 3)).match("example.net"), null);
    assert.equal(environmentTable(routes.slice(0, 1)).match("attest"), null);
  });
});
