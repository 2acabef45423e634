import assert from "node:assert/strict";
import { test } from "node:test";
import { type BearerLogin, bearerFailure, decodeOauthBearer, decodeXoauth2 } from "./sasl-bearer.ts";

const A = "\u0001";
const ann = { username: "ann@example.test", token: "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" };

const oauthBearer: readonly (readonly [title: string, text: string, login: BearerLogin | null])[] = [
  // RFC 7628 §4.1
  [
    "with host and port",
    `n,a=ann@example.test,${A}host=s.test${A}port=143${A}auth=Bearer ${ann.token}${A}${A}`,
    ann,
  ],
  ["without a user", `n,,${A}auth=Bearer ${ann.token}${A}${A}`, { ...ann, username: "" }],
  ["escaped commas", `y,a=a=2Cb=3D,${A}auth=bearer x${A}${A}`, { username: "a,b=", token: "x" }],
  ["channel binding", `p=tls-exporter,,${A}auth=Bearer x${A}${A}`, null],
  ["no token", `n,,${A}auth=${A}${A}`, null],
  ["another scheme", `n,,${A}auth=Basic x${A}${A}`, null],
  ["two tokens", `n,,${A}auth=Bearer x${A}auth=Bearer y${A}${A}`, null],
  ["a cut end", `n,,${A}auth=Bearer x${A}`, null],
  ["a token with a space", `n,,${A}auth=Bearer x y${A}${A}`, null],
  ["a control character in the user", `n,a=a\r\nb,${A}auth=Bearer x${A}${A}`, null],
  ["nothing", "", null],
  ["the dummy", A, null],
];
for (const [title, text, login] of oauthBearer) {
  test(`OAUTHBEARER: ${title}`, () => assert.deepEqual(decodeOauthBearer(Buffer.from(text)), login));
}

const xoauth2: readonly (readonly [title: string, text: string, login: BearerLogin | null])[] = [
  ["as documented", `user=ann@example.test${A}auth=Bearer ${ann.token}${A}${A}`, ann],
  ["without a user", `auth=Bearer x${A}${A}`, null],
  ["OAUTHBEARER's form", `n,a=x,${A}auth=Bearer x${A}${A}`, null],
];
for (const [title, text, login] of xoauth2) {
  test(`XOAUTH2: ${title}`, () => assert.deepEqual(decodeXoauth2(Buffer.from(text)), login));
}

test("a refusal says where better tokens come from", () => {
  assert.deepEqual(JSON.parse(bearerFailure("OAUTHBEARER", { openIdConfiguration: "https://id.test/x" })), {
    status: "invalid_token",
    "openid-configuration": "https://id.test/x",
  });
  assert.deepEqual(JSON.parse(bearerFailure("XOAUTH2", { scope: "mail" })), {
    status: "401",
    schemes: "bearer",
    scope: "mail",
  });
});
