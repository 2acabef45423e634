import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { type ComposeContent, composeMessage } from "../src/index.ts";

const hasPython = spawnSync("python3", ["-c", "import email.policy"]).status === 0;
const script = new URL("parse-mail.py", import.meta.url).pathname;

type Found = {
  structure: string[];
  subject: string;
  from: { name: string; address: string }[];
  to: { name: string; address: string }[];
  leaves: {
    type: string;
    filename: string | null;
    contentId: string | null;
    text: string | null;
    base64: string | null;
  }[];
  defects: string[];
};

const file = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i & 255));
const contents: readonly { subject: string; name: string; content: Omit<ComposeContent, "boundarySeed"> }[] =
  [
    { subject: "plain", name: "Shop", content: { text: "hello\n.\nFrom me\n" } },
    {
      subject: "Grüße aus Köln ".repeat(12).trim(),
      name: "Q, X",
      content: { text: "Grüße =\n \n", html: "<p>日本</p>" },
    },
    {
      subject: "🦢".repeat(60),
      name: "日本語の名前",
      content: {
        text: `${"x".repeat(2_000)}\n`,
        html: `<img src="cid:logo">${"y".repeat(1_200)}`,
        attachments: [
          {
            filename: "Rechnung März.pdf",
            contentType: "application/pdf",
            disposition: "attachment",
            content: file,
          },
          {
            filename: "l.png",
            contentType: "image/png",
            disposition: "inline",
            contentId: "logo",
            content: file,
          },
          {
            filename: `${"日本".repeat(40)}.bin`,
            contentType: "application/octet-stream",
            disposition: "attachment",
            content: file,
          },
        ],
      },
    },
  ];

test("python's email package reads what was composed, without a defect", (t) => {
  if (!hasPython) {
    // On a developer's machine this may be missing; where everything must run it is an error.
    assert.equal(process.env.CI, undefined, "python3 is needed to run this test");
    t.skip("NOT RUN: python3 is missing, so no third party has read the composed messages");
    return;
  }
  const messages = contents.map(({ subject, name, content }) => {
    const composed = composeMessage({
      ...content,
      from: { name, address: "shop@waxwing.test" },
      to: [{ name: 'Ann "A" \\ Lee', address: "ann@example.test" }, { address: "bob@example.test" }],
      subject,
      messageId: "1@waxwing.test",
      date: new Date(0),
      boundarySeed: "s",
    });
    return Buffer.concat([Buffer.from(`${composed.header}\r\n`), composed.body]).toString("base64");
  });
  const run = spawnSync("python3", [script], { input: JSON.stringify(messages), encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const found = JSON.parse(run.stdout) as Found[];
  assert.equal(found.length, contents.length);
  for (const [index, { subject, name, content }] of contents.entries()) {
    const message = found[index];
    assert.ok(message);
    assert.deepEqual(message.defects, []);
    assert.equal(message.subject, subject);
    assert.deepEqual(message.from, [{ name, address: "shop@waxwing.test" }]);
    assert.equal(message.to[0]?.name, 'Ann "A" \\ Lee');
    assert.equal(
      message.leaves.find((leaf) => leaf.type === "text/plain")?.text?.replaceAll("\r\n", "\n"),
      content.text,
    );
    for (const attachment of content.attachments ?? []) {
      const leaf: Found["leaves"][number] | undefined = message.leaves.find(
        (candidate) => candidate.filename === attachment.filename,
      );
      assert.ok(leaf, attachment.filename);
      assert.equal(leaf.base64, attachment.content.toString("base64"));
    }
  }
});
