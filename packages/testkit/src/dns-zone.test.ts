import assert from "node:assert/strict";
import { test } from "node:test";
import { createDnsZone } from "./dns-zone.ts";

const resolve = createDnsZone({
  "A.test": { A: ["192.0.2.1"], MX: [{ priority: 10, exchange: "mx.a.test" }], TXT: [["one ", "two"]] },
  "www.a.test": { CNAME: ["a.test"] },
  "loop.test": { CNAME: ["loop.test"] },
  "broken.test": { error: "ESERVFAIL" },
  "half.test": { A: ["192.0.2.2"], AAAA: { error: "ETIMEOUT" } },
  "x.empty.test": { A: [] },
});

const answers: readonly (readonly [name: string, type: string | undefined, answer: unknown])[] = [
  ["a.test", undefined, ["192.0.2.1"]],
  ["A.TEST.", "A", ["192.0.2.1"]],
  ["a.test", "MX", [{ priority: 10, exchange: "mx.a.test" }]],
  ["a.test", "TXT", [["one ", "two"]]],
  ["www.a.test", "A", ["192.0.2.1"]],
  ["www.a.test", "CNAME", ["a.test"]],
  ["half.test", "A", ["192.0.2.2"]],
];
for (const [name, type, answer] of answers) {
  test(`${name} ${type ?? ""} answers`, async () => assert.deepEqual(await resolve(name, type), answer));
}

const failures: readonly (readonly [name: string, type: string, code: string])[] = [
  ["none.test", "A", "ENOTFOUND"],
  ["a.test", "AAAA", "ENODATA"],
  ["empty.test", "A", "ENODATA"],
  ["x.empty.test", "A", "ENODATA"],
  ["www.a.test", "AAAA", "ENODATA"],
  ["loop.test", "A", "ESERVFAIL"],
  ["broken.test", "TXT", "ESERVFAIL"],
  ["half.test", "AAAA", "ETIMEOUT"],
];
for (const [name, type, code] of failures) {
  test(`${name} ${type} fails with ${code}`, () => assert.rejects(resolve(name, type), { code }));
}

test("what was asked is listed, and answers are copies", async () => {
  const zone = createDnsZone({ "a.test": { A: ["192.0.2.1"] } });
  ((await zone("a.test", "A")) as string[]).push("192.0.2.9");
  assert.deepEqual(await zone("A.test.", "A"), ["192.0.2.1"]);
  assert.deepEqual(zone.queries, ["a.test A", "a.test A"]);
});
