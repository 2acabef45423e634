import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StoredOptions } from "@waxwing/store";
import { prepareCompose } from "./compose.ts";
import type { WriteLink } from "./tracking/personal-text.ts";

const writeFor =
  (name: string): WriteLink =>
  (link) =>
    `https://links.test/${name}/${link.kind}`;
const asks = {
  track: { opens: true, clicks: "all" },
  unsubscribe: { group: 7, text: "<% Stop %>" },
} as const;

const composer = (contentKind: "mime" | "parts", content: Buffer, options: StoredOptions) =>
  prepareCompose(
    {
      messageId: "0192f3a4-5b6c-7d8e-9f01-23456789abcd",
      contentKind,
      headers: { from: { address: "shop@waxwing.test" }, to: [], cc: [], replyTo: [], custom: [] },
      subject: "Hello",
      startedAtMs: 0,
      options,
    },
    content,
  );
const text = (message: { readonly header: Buffer; readonly body: Buffer }): string =>
  `${message.header}\r\n${message.body}`;

const MIME = Buffer.from(
  [
    "From: shop@waxwing.test",
    "Subject: Hello",
    "MIME-Version: 1.0",
    'Content-Type: multipart/alternative; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "See https://shop.test/.",
    "--b",
    "Content-Type: text/html",
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from('<a href="https://shop.test/">See</a>').toString("base64"),
    "--b",
    "Content-Type: text/html",
    "Content-Disposition: attachment; filename=a.html",
    "",
    '<a href="https://shop.test/">kept</a>',
    "--b--",
    "",
  ].join("\r\n"),
);

suite("composing for a recipient", { timeout: 60_000 }, () => {
  test("a submitted message that asks for nothing is delivered byte for byte", () => {
    const { header, body } = composer("mime", MIME, {})(writeFor("ann"));
    assert.deepEqual(Buffer.concat([header, Buffer.from("\r\n"), body]), MIME);
  });

  test("a submitted message is given the recipient's links, and nothing else of it changes", () => {
    const compose = composer("mime", MIME, asks);
    const ann = text(compose(writeFor("ann")));
    assert.ok(
      ann.startsWith(
        "List-Unsubscribe: <https://links.test/ann/group>,\r\n <mailto:https://links.test/ann/unsubscribe-address?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFrom:",
      ),
    );
    assert.match(
      ann,
      /See https:\/\/links\.test\/ann\/click\.\r\n\r\nStop: https:\/\/links\.test\/ann\/group/,
    );
    assert.match(ann, /<a href="https:\/\/shop\.test\/">kept<\/a>/);
    const [, base64 = ""] = /base64\r\n\r\n([\w+/=\r\n]+)--b/.exec(ann) ?? [];
    const html = Buffer.from(base64, "base64").toString();
    assert.match(
      html,
      /^<a href="https:\/\/links\.test\/ann\/click">See<\/a><img src="https:\/\/links\.test\/ann\/pixel"/,
    );
    assert.equal(
      text(compose(writeFor("bob"))),
      ann.replaceAll("/ann/", "/bob/").replace(base64, base64Of(html)),
    );
    assert.equal(text(compose(writeFor("ann"))), ann, "the same again");
  });

  test("answers come to the recipient's own address, under the sender's name", () => {
    const options = { track: { replies: true } } as const;
    const parts = Buffer.from(JSON.stringify({ text: "Hello", attachments: [] }));
    for (const [kind, content] of [
      ["mime", MIME],
      ["parts", parts],
    ] as const) {
      const composed = text(composer(kind, content, options)(() => "r+token@bounces.waxwing.test"));
      assert.deepEqual(composed.match(/^Reply-To: .*$/gm), ["Reply-To: r+token@bounces.waxwing.test"], kind);
      assert.match(composed, /^From: shop@waxwing\.test\r$/m);
    }
  });

  test("a List-Unsubscribe of the sender's own stays alone", () => {
    const own = Buffer.concat([Buffer.from("list-unsubscribe: <mailto:stop@shop.test>\r\n"), MIME]);
    const composed = text(composer("mime", own, asks)(writeFor("ann")));
    assert.equal(composed.match(/^list-unsubscribe/gim)?.length, 1);
  });

  test("the text made from html has the links of the html, untracked, and the unsubscribe link", () => {
    const html =
      '<p><a href="https://shop.test/">Shop</a> <a href="<%asm_group_unsubscribe_raw_url%>">Stop</a></p>';
    const content = Buffer.from(JSON.stringify({ html, makeText: true, attachments: [] }));
    const options = { track: { clicks: "html", opens: true }, unsubscribe: {} } as const;
    const composed = text(composer("parts", content, options)(writeFor("ann")));
    const [, plain = ""] = /text\/plain[^\r]*\r\n\r\n(.*?)\r\n--/s.exec(composed) ?? [];
    assert.equal(plain.trim(), "Shop [https://shop.test/] Stop [https://links.test/ann/group]");
  });
});

function base64Of(html: string): string {
  const lines =
    Buffer.from(html.replaceAll("/ann/", "/bob/"))
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
