import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { formatKeyRecord, generateSigningKey, splitTxtRecord } from "./generate-key.ts";
import { createSigningKey } from "./signing-key.ts";

test("generated keys sign, and their records are what DNS wants", async () => {
  const rsa = await generateSigningKey("rsa-2048");
  const ed25519 = await generateSigningKey("ed25519");
  assert.match(rsa.dnsRecord, /^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{392}$/);
  assert.match(ed25519.dnsRecord, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
  for (const generated of [rsa, ed25519]) {
    const key = createSigningKey({
      domain: "Bücher.test",
      selector: "S1",
      privateKey: generated.privateKeyPem,
    });
    assert.equal(key.algorithm, generated.algorithm);
    assert.equal(key.domain, "xn--bcher-kva.test");
    assert.equal(key.selector, "s1");
    assert.equal(formatKeyRecord(createPrivateKey(generated.privateKeyPem)), generated.dnsRecord);
  }
  assert.deepEqual(
    splitTxtRecord(rsa.dnsRecord).map((part) => part.length),
    [255, rsa.dnsRecord.length - 255],
  );
  assert.equal(splitTxtRecord(rsa.dnsRecord).join(""), rsa.dnsRecord);
});

// RFC 8463 appendix A.
test("the record of RFC 8463's example key is the one it prints", () => {
  const seed = Buffer.from("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "base64");
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]),
    format: "der",
    type: "pkcs8",
  });
  assert.equal(formatKeyRecord(key), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
});

const good = generateKeyPairSync("ed25519").privateKey;
const bad: readonly (readonly [
  title: string,
  options: Parameters<typeof createSigningKey>[0],
  message: RegExp,
])[] = [
  ["a domain without a dot", { domain: "test", selector: "s", privateKey: good }, /domain/],
  ["a domain with a line break", { domain: "a.test\r\nX: y", selector: "s", privateKey: good }, /domain/],
  [
    "a selector with a semicolon",
    { domain: "a.test", selector: "s; d=b.test", privateKey: good },
    /selector/,
  ],
  ["a selector with a line break", { domain: "a.test", selector: "s\n", privateKey: good }, /selector/],
  ["no key", { domain: "a.test", selector: "s", privateKey: "hello" }, /PEM/],
  [
    "a public key",
    { domain: "a.test", selector: "s", privateKey: generateKeyPairSync("ed25519").publicKey },
    /private/,
  ],
  [
    "a short RSA key",
    {
      domain: "a.test",
      selector: "s",
      privateKey: generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey,
    },
    /1024/,
  ],
  [
    "an EC key",
    {
      domain: "a.test",
      selector: "s",
      privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    },
    /neither/,
  ],
];
for (const [title, options, message] of bad) {
  test(`${title} cannot sign`, () =>
    assert.throws(() => createSigningKey(options), { name: "SigningKeyError", message }));
}
