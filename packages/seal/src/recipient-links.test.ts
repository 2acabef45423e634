import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createRecipientLinks, type RecipientLink } from "./recipient-links.ts";

const recipient = { messageId: "0192f3a4-5b6c-7d8e-9f01-23456789abcd", ordinal: 70_000 };
const links = createRecipientLinks(Buffer.alloc(32, 1));
const all: readonly RecipientLink[] = [
  { kind: "open", ...recipient },
  { kind: "click", ...recipient, url: "https://shop.test/ä?a=1&b=2#c" },
  { kind: "unsubscribe", ...recipient, group: 0 },
  { kind: "unsubscribe", ...recipient, group: 2_147_483_647 },
  { kind: "preferences", ...recipient },
];

suite("links of recipients", { timeout: 60_000 }, () => {
  for (const link of all) {
    test(`a link to ${JSON.stringify(link)} is read back, and only as it was made`, () => {
      const path = links.pathOf(link);
      assert.match(path, /^\/[ocup]\/[\w-]+(\/[\w-]+)?$/);
      assert.deepEqual(links.linkOf(path), link);
      assert.equal(createRecipientLinks(Buffer.alloc(32, 2)).linkOf(path), null, "another key");
      for (const segment of ["o", "c", "u", "p"].filter((name) => name !== path[1])) {
        assert.equal(links.linkOf(`/${segment}${path.slice(2)}`), null, `as ${segment}`);
      }
      for (let at = 3; at < path.length - 1; at += 5) {
        const changed = path[at] === "A" ? "B" : "A";
        assert.equal(
          links.linkOf(path.slice(0, at) + changed + path.slice(at + 1)),
          null,
          `changed at ${at}`,
        );
      }
    });
  }

  test("a click leads only to the URL it was made for", () => {
    const path = links.pathOf({ kind: "click", ...recipient, url: "https://shop.test/" });
    const token = path.split("/")[2];
    const elsewhere = Buffer.from("https://evil.test/").toString("base64url");
    assert.equal(links.linkOf(`/c/${token}/${elsewhere}`), null);
    assert.equal(links.linkOf(`/c/${token}`), null);
    assert.equal(links.linkOf(`/c/${token}/`), null);
  });

  test("what is no link is none", () => {
    for (const path of [
      "",
      "/",
      "/u/",
      "/u/x",
      "/x/abc",
      `/u/${"A".repeat(44)}`,
      `/c/${"A".repeat(100_000)}`,
    ]) {
      assert.equal(links.linkOf(path), null);
    }
  });
});
