import assert from "node:assert/strict";
import { test } from "node:test";
import { createReturnPaths } from "./return-path.ts";

const paths = createReturnPaths(Buffer.alloc(32, 7));
const recipient = { messageId: "019a0b1c-2d3e-7f40-8123-456789abcdef", ordinal: 999 };

test("a return path names its recipient, in whatever case it comes back", () => {
  const address = paths.addressFor(recipient, "bounces.shop.test");
  const [localPart = "", host] = address.split("@");
  assert.equal(host, "bounces.shop.test");
  assert.ok(localPart.length <= 64);
  assert.deepEqual(paths.recipientOf(localPart), recipient);
  assert.deepEqual(paths.recipientOf(localPart.toUpperCase()), recipient);
});

test("a forged, cut or foreign token names nobody", () => {
  const [localPart = ""] = paths.addressFor(recipient, "h.test").split("@");
  for (let at = 2; at < localPart.length; at++) {
    const forged = `${localPart.slice(0, at)}${localPart[at] === "a" ? "b" : "a"}${localPart.slice(at + 1)}`;
    if (forged !== localPart && at < localPart.length - 1)
      assert.equal(paths.recipientOf(forged), null, `changed at ${at}`);
  }
  assert.equal(paths.recipientOf(localPart.slice(0, -1)), null);
  assert.equal(paths.recipientOf("b+"), null);
  assert.equal(paths.recipientOf("postmaster"), null);
  assert.equal(createReturnPaths(Buffer.alloc(32, 8)).recipientOf(localPart), null);
});

test("a reply address leads to the same recipient, and is no return path", () => {
  const paths = createReturnPaths(Buffer.alloc(32, 7));
  const recipient = { messageId: "01a20722-6c3c-747d-b457-b595ee7071aa", ordinal: 3 };
  const [local = ""] = paths.replyAddressFor(recipient, "bounces.shop.test").split("@");
  assert.match(local, /^r\+[a-z2-7]{44}$/);
  assert.deepEqual(paths.replyingRecipientOf(local.toUpperCase()), recipient);
  assert.equal(paths.recipientOf(local), null);
  assert.equal(paths.recipientOf(local.replace("r+", "b+")), null, "the MAC of one is none of the other");
  const [bounce = ""] = paths.addressFor(recipient, "bounces.shop.test").split("@");
  assert.equal(paths.replyingRecipientOf(bounce.replace("b+", "r+")), null);
});

test("an address to unsubscribe by is neither of the two", () => {
  const [local = ""] = paths.unsubscribeAddressFor(recipient, "bounces.shop.test").split("@");
  assert.match(local, /^u\+[a-z2-7]{44}$/);
  assert.deepEqual(paths.unsubscribingRecipientOf(local), recipient);
  assert.equal(paths.recipientOf(local.replace("u+", "b+")), null);
  assert.equal(paths.replyingRecipientOf(local.replace("u+", "r+")), null);
  assert.equal(paths.unsubscribingRecipientOf(local.replace("u+", "b+")), null);
});
