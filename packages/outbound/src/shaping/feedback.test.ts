import assert from "node:assert/strict";
import { test } from "node:test";
import { feedbackOf } from "./feedback.ts";

const judged = { class: "tls-required", scope: "message", rule: "x" } as const;
const silent = { kind: "deferred", reply: "", replyCode: null, remoteSpoke: false } as const;

test("a TLS policy of one project or domain says nothing about the site", () => {
  for (const rule of ["tls.not-offered", "tls.not-verified", "tls.mx-not-listed", "tls.policy-unknown"])
    assert.equal(feedbackOf({ ...silent, rule }, judged).kind, "nothing", rule);
  assert.equal(feedbackOf({ ...silent, rule: "connect.failed" }, judged).kind, "unreachable");
});
