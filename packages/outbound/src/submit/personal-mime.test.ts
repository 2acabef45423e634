import assert from "node:assert/strict";
import { test } from "node:test";
import { SubstitutionOverflow } from "../substitute.ts";
import { addFooter, placeTexts, readTexts } from "./message-texts.ts";
import { personalMime } from "./personal-mime.ts";

const mail = Buffer.from(
  [
    "From: shop@waxwing.test",
    "To: everybody@example.test",
    "Cc: others@example.test",
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_-name-?=",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "Hello -name=",
    "-!",
    "",
  ].join("\r\n"),
);

test("tags are replaced in texts and subject, and To names the recipient alone", () => {
  const personal = personalMime(mail, {
    to: [{ name: "Ann", address: "ann@example.test" }],
    substitutions: { "-name-": "Zoë\r\nBcc: eve@evil.test" },
  }).toString();
  assert.match(personal, /^To: Ann <ann@example\.test>\r$/m);
  assert.doesNotMatch(personal.slice(0, personal.indexOf("\r\n\r\n")), /everybody|others|^Bcc/m);
  assert.match(personal, /^Subject: =\?utf-8\?/m);
  assert.match(personal, /Hello Zo=C3=AB\r\nBcc: eve/);
});

test("without tags nothing changes", () => {
  assert.equal(personalMime(mail, { to: [], substitutions: undefined }), mail);
  assert.equal(personalMime(mail, { to: [], substitutions: { "%x%": "y" } }), mail);
});

test("what grows beyond its budget is cut off", () => {
  assert.throws(
    () =>
      personalMime(
        mail,
        { to: [], substitutions: { e: "x".repeat(10_000) } },
        { chars: 5_000, steps: 1_000 },
      ),
    SubstitutionOverflow,
  );
});

test("a template takes the place of a plain text, and makes it an alternative of both", () => {
  const placed = placeTexts(mail, { html: "<p>é</p>", text: "é", subject: "New" }, "seed");
  assert.ok(Buffer.isBuffer(placed));
  const { html, text } = readTexts(placed);
  assert.deepEqual([html?.trim(), text?.trim()], ["<p>é</p>", "é"]);
  assert.match(placed.toString(), /^Subject: New\r$/m);
  assert.equal(placed.toString().match(/^Content-Transfer-Encoding/gm)?.length, 2);
  assert.deepEqual(placeTexts(mail, { html: "<p>é</p>", text: "é", subject: "New" }, "seed"), placed);
});

test("a message with attachments keeps them, or says what it lacks", () => {
  const mixed = Buffer.from(
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nold\r\n--b\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--\r\n",
  );
  const placed = placeTexts(mixed, { text: "new" }, "seed");
  assert.equal(placed.toString(), mixed.toString().replace("old", "new"));
  assert.match(String(placeTexts(mixed, { html: "new" }, "seed")), /no text\/html part/);
  const html = Buffer.from("Content-Type: text/html\r\n\r\nold");
  assert.match(String(placeTexts(html, {}, "seed")), /has no html/);
});

test("footers stand at the end, in html within the body", () => {
  assert.match(addFooter(mail, { text: "Bye", html: "<p>" }).toString(), /-!\r\n\r\nBye/);
  const html = Buffer.from("Content-Type: text/html\r\n\r\n<body>a</BODY>");
  assert.match(addFooter(html, { html: "<i>b</i>" }).toString(), /<body>a<i>b<\/i><\/BODY>/);
});
