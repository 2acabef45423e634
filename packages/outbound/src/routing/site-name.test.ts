import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isDomainLane, siteOf, siteOfHosts, siteOfRoute } from "./site-name.ts";

suite("sites", () => {
  const named: readonly (readonly [site: string, hosts: readonly string[]])[] = [
    ["mx:mx.a.test", ["mx.a.test"]],
    ["mx:mx.a.test", ["MX.A.test."]],
    ["mx:(mx1,mx2).a.test", ["mx2.a.test", "mx1.a.test", "mx1.a.test"]],
    [
      "mx:(alt1,alt2)?.gmail-smtp-in.l.google.com",
      ["gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com", "alt2.gmail-smtp-in.l.google.com"],
    ],
    ["mx:(a,b).(x,y).test", ["a.x.test", "b.y.test"]],
    ["mx:m%7cx%20.test", ["m|x .test"]],
  ];
  for (const [site, hosts] of named) {
    test(`${hosts.join(" ")}: ${site}`, () => assert.equal(siteOfHosts(hosts), site));
  }

  test("many long hosts still make a short name, and other ones another", () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `${"x".repeat(60)}${index}.example.test`);
    const name = siteOfHosts(hosts);
    assert.equal(name.length, 200);
    assert.notEqual(name, siteOfHosts(hosts.slice(1)));
  });

  test("static routes", () => {
    assert.equal(siteOfRoute({ host: "::1", port: 25, username: null }), "route:[::1]:25");
    assert.equal(siteOfRoute({ host: "r.test", port: 587, username: "a|b" }), "route:a%7Cb@r.test:587");
  });

  test("the lane of an address that nobody has routed is its domain in lower case", () => {
    assert.equal(siteOf("Ann@Example.TEST"), "example.test");
    assert.equal(siteOf('"a@b"@example.test'), "example.test");
    assert.ok(isDomainLane("example.test"));
    assert.ok(!isDomainLane("mx:example.test") && !isDomainLane("route:r.test:25"));
  });
});
