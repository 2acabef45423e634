import assert from "node:assert/strict";
import { test } from "node:test";
import { matchRoute, parseRoutes } from "./routes.ts";

const parsed = parseRoutes(".test=127.0.0.1:1,.a.test=[::1]:2,example.org=relay:3,*=smart:4");
const routes = parsed.kind === "ok" ? parsed.value : assert.fail(parsed.message);

const cases = {
  "a.test": 1,
  "x.b.test": 1,
  "x.a.test": 2,
  "y.x.a.test": 2,
  "example.org": 3,
  "sub.example.org": 4,
  "notexample.org": 4,
  test: 4,
};

for (const [domain, port] of Object.entries(cases)) {
  test(`${domain} goes to port ${port}`, () => assert.equal(matchRoute(routes, domain)?.port, port));
}

test("a domain that no route names goes by its MX records", () => {
  assert.equal(matchRoute(routes.slice(0, 3), "example.net"), null);
  assert.equal(matchRoute(routes.slice(0, 1), "attest"), null);
});
