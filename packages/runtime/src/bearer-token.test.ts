import assert from "node:assert/strict";
import { createHmac, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { createTokenVerifier } from "./bearer-token.ts";
import type { Clock } from "./clock.ts";

const settings = { timeout: 60_000 };
const issuer = "https://id.example.test";
const NOW_S = 1_800_000_000;

const clock = { now: () => NOW_S * 1000 } as Clock;
const first = await generateKeyPair("ES256", { extractable: true });
const second = await generateKeyPair("RS256", { extractable: true });
const jwk = async (key: CryptoKey, kid: string): Promise<JWK> => ({ ...(await exportJWK(key)), kid });
const keys = [await jwk(first.publicKey, "first")];

/** An issuer on no network: what it serves, and what it was asked. */
const createIssuer = (served: { keys: JWK[]; issuer?: string; status?: number }) => {
  const asked: string[] = [];
  const answer = async (url: string | URL | Request): Promise<Response> => {
    asked.push(String(url));
    const found = String(url).endsWith("/jwks")
      ? { keys: served.keys }
      : { issuer: served.issuer ?? issuer, jwks_uri: `${issuer}/jwks` };
    return new Response(JSON.stringify(found), { status: served.status ?? 200 });
  };
  return { asked, fetch: answer as typeof fetch };
};
const verifierOf = (served: ReturnType<typeof createIssuer>, jwksUri: string | null = null) =>
  createTokenVerifier({ issuer, audience: ["mail"], jwksUri }, { clock, fetch: served.fetch });

const claims = { email: "Ann@Example.test", email_verified: true };
const sign = (
  payload: object,
  key: CryptoKey = first.privateKey,
  header: { alg: string; kid?: string } = { alg: "ES256", kid: "first" },
): Promise<string> =>
  new SignJWT({ iss: issuer, aud: "mail", exp: NOW_S + 60, ...payload }).setProtectedHeader(header).sign(key);

test("a good token names its user; the keys are looked up once", settings, async () => {
  const served = createIssuer({ keys });
  const verify = verifierOf(served);
  const token = await sign(claims);
  const good = { kind: "ok", username: "ann@example.test", expiresAtMs: (NOW_S + 90) * 1000 };
  assert.deepEqual(await Promise.all([verify(token), verify(token)]), [good, good]);
  assert.deepEqual(await verify(token), good);
  assert.deepEqual(served.asked, [`${issuer}/.well-known/openid-configuration`, `${issuer}/jwks`]);
});

test("the claim of the administrator comes before the address", settings, async () => {
  const verify = verifierOf(createIssuer({ keys }), `${issuer}/jwks`);
  const answer = await verify(await sign({ ...claims, waxwing_user: "smtp-1" }));
  assert.equal(answer.kind === "ok" && answer.username, "smtp-1");
});

const none = (payload: object): string =>
  `${[{ alg: "none" }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
const spki = createPublicKey({ key: keys[0] as never, format: "jwk" }).export({
  type: "spki",
  format: "pem",
});
const confused = (): string => {
  const body = [
    { alg: "HS256", kid: "first" },
    { iss: issuer, aud: "mail", exp: NOW_S + 60, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${body}.${createHmac("sha256", spki).update(body).digest("base64url")}`;
};
const refused: readonly (readonly [title: string, token: string])[] = [
  ["expired", await sign({ ...claims, exp: NOW_S - 31 })],
  ["not yet valid", await sign({ ...claims, nbf: NOW_S + 31 })],
  ["without an end", await sign({ ...claims, exp: undefined })],
  ["for another service", await sign({ ...claims, aud: "calendar" })],
  ["of another issuer", await sign({ ...claims, iss: "https://evil.test" })],
  ["with an address nobody verified", await sign({ email: "ann@example.test" })],
  ["without a user", await sign({})],
  ["signed by another key", await sign(claims, second.privateKey, { alg: "RS256", kid: "first" })],
  ["not signed", none({ iss: issuer, aud: "mail", exp: NOW_S + 60, ...claims })],
  ["signed with the public key as a secret", confused()],
  ["no token", "abc"],
  ["endless", `${"a".repeat(20_000)}.b.c`],
];
for (const [title, token] of refused) {
  test(`a token is refused: ${title}`, settings, async () => {
    assert.equal((await verifierOf(createIssuer({ keys }))(token)).kind, "refused");
  });
}

test("a clock half a minute off does no harm", settings, async () => {
  const verify = verifierOf(createIssuer({ keys }));
  assert.equal((await verify(await sign({ ...claims, exp: NOW_S - 29, nbf: NOW_S + 29 }))).kind, "ok");
});

test(
  "a new key works once it is published; unknown ones are not asked for again and again",
  settings,
  async () => {
    const served = { keys: [await jwk(second.publicKey, "second")] };
    const source = createIssuer(served);
    const verify = verifierOf(source, `${issuer}/jwks`);
    const old = await sign(claims, second.privateKey, { alg: "RS256", kid: "second" });
    assert.equal((await verify(old)).kind, "ok");
    const fresh = await sign(claims);
    // Within 30 s of the last look the key stays unknown: a stream of bad tokens costs one request, not many.
    for (let round = 0; round < 5; round++) assert.equal((await verify(fresh)).kind, "refused");
    assert.equal(source.asked.length, 1);
    served.keys.push(...keys);
    assert.equal((await verifierOf(source, `${issuer}/jwks`)(fresh)).kind, "ok");
  },
);

test("an issuer that is away, lies or floods is not the token's fault", settings, async () => {
  const token = await sign(claims);
  assert.equal((await verifierOf(createIssuer({ keys, status: 503 }))(token)).kind, "unavailable");
  assert.equal(
    (await verifierOf(createIssuer({ keys, issuer: "https://x.test" }))(token)).kind,
    "unavailable",
  );
  const flood = { asked: [], fetch: (async () => new Response("x".repeat(1_000_000))) as typeof fetch };
  assert.equal((await verifierOf(flood)(token)).kind, "unavailable");
});
