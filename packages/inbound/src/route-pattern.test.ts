import assert from "node:assert/strict";
import { test } from "node:test";
import { readRoutePattern, takesAddress } from "./route-pattern.ts";

const cases: readonly (readonly [pattern: string, address: string, takes: boolean])[] = [
  ["support@shop.test", "support@shop.test", true],
  ["support@shop.test", "support+42@shop.test", true],
  ["support@shop.test", "support@other.test", false],
  ["support@shop.test", "supports@shop.test", false],
  ["support+vip@shop.test", "support+vip@shop.test", true],
  ["support+vip@shop.test", "support@shop.test", false],
  ["support+*@shop.test", "support+anything@shop.test", true],
  ["support+*@shop.test", "support@shop.test", false],
  ["ticket-*@shop.test", "ticket-@shop.test", true],
  ["ticket-*@shop.test", "ticket-77+x@shop.test", true],
  ["*-reply@shop.test", "no-reply@shop.test", true],
  ["a*b*c@shop.test", "aXbYc@shop.test".toLowerCase(), true],
  ["a*b*c@shop.test", "abc@shop.test", true],
  ["a*b*c@shop.test", "ac@shop.test", false],
  ["ab*ba@shop.test", "aba@shop.test", false],
  ["*ab*ab*@shop.test", "xab@shop.test", false],
  ["*@shop.test", "whoever@shop.test", true],
  ["*@shop.test", "+x@shop.test", true],
  ["*@*", "whoever@other.test", true],
  [`${"*a".repeat(31)}*@*`, `${"a".repeat(63)}b@x.test`, true],
  [`${"*a".repeat(31)}*c@*`, `${"a".repeat(63)}b@x.test`, false],
];

for (const [pattern, address, takes] of cases) {
  test(`${pattern} ${takes ? "takes" : "leaves"} ${address}`, () => {
    const [localPart = "", domain = ""] = address.split("@");
    assert.equal(takesAddress(pattern, { localPart, domain }), takes);
  });
}

test("patterns are stored in one form, and what is none is refused", () => {
  assert.deepEqual(readRoutePattern("Support-*@Grüße.Test"), {
    kind: "pattern",
    pattern: "support-*@xn--gre-6ka8l.test",
  });
  assert.deepEqual(readRoutePattern("*@*"), { kind: "pattern", pattern: "*@*" });
  const wrong = ["", "x", "@shop.test", "a b@shop.test", "a@", "a@*.test", "a@b@c.test", "ü@shop.test"];
  for (const text of [...wrong, `${"x".repeat(65)}@shop.test`, "a\n@shop.test", "a@[127.0.0.1]"])
    assert.equal(readRoutePattern(text).kind, "invalid", text);
});
