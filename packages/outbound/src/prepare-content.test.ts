import assert from "node:assert/strict";
import { test } from "node:test";
import type { Submission } from "./accept.ts";
import { optionsOf, prepareContent } from "./prepare-content.ts";
import { readSubmission } from "./submission.ts";

test("a header field TLS-Required: No of the API is the same wish as in a submitted message", async () => {
  const asked = async (headers: Readonly<Record<string, string>>) => {
    const body = { from: "a@b.test", to: "c@d.test", subject: "s", text: "t", headers };
    const read = readSubmission(body, { projectId: "p", keyId: null }, 0);
    const submission: Submission = read.kind === "submission" ? read.submission : assert.fail(read.kind);
    return optionsOf(submission, await prepareContent(submission)).tlsOptional;
  };
  assert.equal(await asked({ "TLS-Required": "No" }), true);
  assert.equal(await asked({ "tls-required": " no" }), true);
  assert.equal(await asked({ "TLS-Required": "Yes" }), undefined);
  assert.equal(await asked({}), undefined);
});
