import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "@waxwing/message";
import { complaintReport, deliveryReport } from "../test/reports.ts";
import { classify, type MailClass, sentReference } from "./classify.ts";

const id = "0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
const ours = `<${id}@waxwing.test>`;

const cases: readonly (readonly [title: string, message: string, kind: MailClass["kind"]])[] = [
  ["a bounce", deliveryReport({ recipient: "a@b.test" }), "delivery-report"],
  ["a complaint", complaintReport({ originalMailFrom: "a@b.test" }), "complaint"],
  ["an out-of-office note", "Auto-Submitted: auto-replied\n\nAway.\n", "auto-reply"],
  [
    "an out-of-office note to ours",
    `Auto-Submitted: auto-replied\nIn-Reply-To: ${ours}\n\nAway.\n`,
    "auto-reply",
  ],
  [
    "a ticket system's receipt",
    `Auto-Submitted: auto-generated\nReferences: ${ours}\n\nTicket 7.\n`,
    "auto-reply",
  ],
  ["a program's own mail", "Auto-Submitted: auto-generated\n\nDisk full.\n", "other"],
  ["a reply", `In-Reply-To: ${ours}\n\nThanks.\n`, "reply"],
  [
    "a reply down the thread",
    `In-Reply-To: <x@y.test>\nReferences: ${ours}\n <x@y.test>\n\nThanks.\n`,
    "reply",
  ],
  ["a reply to somebody else", "In-Reply-To: <x@y.test>\n\nThanks.\n", "other"],
  ["a list's mail", "List-Id: <l.test>\nPrecedence: list\n\nx\n", "other"],
  ["nothing", "", "other"],
  [
    "a bounce that a person forwards",
    `Content-Type: multipart/mixed; boundary=f\n\n--f\n\nWhat is this?\n--f\nContent-Type: message/rfc822\n\n${deliveryReport({ recipient: "a@b.test" })}\n--f--\n`,
    "other",
  ],
];
for (const [title, text, kind] of cases) {
  test(`${title} is ${kind}`, () => {
    const raw = Buffer.from(text);
    assert.equal(classify(raw, parseMessage(raw)).kind, kind);
  });
}

test("what a mail answers comes nearest first, each once", () => {
  const older = ours.replace("0190", "018f");
  const raw = Buffer.from(
    `In-Reply-To: ${ours}\nReferences: ${older} <x@y.test> ${ours.toUpperCase()}\n\nx\n`,
  );
  const mailClass = classify(raw, parseMessage(raw));
  assert.deepEqual(mailClass.kind === "reply" && mailClass.answers.map(({ messageId }) => messageId), [
    id,
    id.replace("0190", "018f"),
  ]);
});

test("only a Message-ID of our form is one of ours", () => {
  assert.deepEqual(sentReference(ours.replace("waxwing", "Waxwing")), {
    messageId: id,
    domain: "waxwing.test",
  });
  assert.deepEqual(sentReference(`${id}@waxwing.test`), { messageId: id, domain: "waxwing.test" });
  for (const other of [
    "",
    "<>",
    `<${id}>`,
    `<x${id}@w.test>`,
    `<${id.replace("-7e", "-4e")}@w.test>`,
    `<${id}@w test>`,
  ]) {
    assert.equal(sentReference(other), null, other);
  }
});
