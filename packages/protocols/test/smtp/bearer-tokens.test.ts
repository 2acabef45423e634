import assert from "node:assert/strict";
import { test } from "node:test";
import { createTransport } from "nodemailer";
import { openDialogue } from "./dialogue.ts";
import { openMailRoom } from "./mail-room.ts";

const settings = { timeout: 60_000 };
const A = "\u0001";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const good = base64(`n,a=ann,${A}auth=Bearer good.token${A}${A}`);
const bad = base64(`n,a=ann,${A}auth=Bearer bad.token${A}${A}`);
const server = {
  kind: "submission",
  tls: "implicit",
  bearer: { openIdConfiguration: "https://id.test/.well-known/openid-configuration" },
} as const;

test("tokens are offered beside passwords, and only where they are taken", settings, async (t) => {
  const room = await openMailRoom(t, server);
  const client = await openDialogue(room.port, true);
  await client.reply();
  assert.match(await client.ask("EHLO client.test"), /^250-AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER$/m);
  client.end();
  const without = await openMailRoom(t, { ...server, bearer: undefined } as object);
  const other = await openDialogue(without.port, true);
  await other.reply();
  assert.match(await other.ask("EHLO client.test"), /^250-AUTH PLAIN LOGIN$/m);
  assert.match(await other.ask(`AUTH OAUTHBEARER ${good}`), /^504 5\.5\.4/);
  other.end();
});

test("OAUTHBEARER logs in with and without an initial response", settings, async (t) => {
  const room = await openMailRoom(t, server);
  for (const initial of [true, false]) {
    const client = await openDialogue(room.port, true);
    await client.reply();
    await client.ask("EHLO client.test");
    if (!initial) assert.equal(await client.ask("AUTH OAUTHBEARER"), "334 ");
    assert.match(await client.ask(initial ? `AUTH OAUTHBEARER ${good}` : good), /^235 2\.7\.0/);
    assert.match(await client.ask(`AUTH OAUTHBEARER ${good}`), /^503 5\.5\.1/);
    assert.match(await client.ask("MAIL FROM:<a@b.test>"), /^250/);
    client.end();
  }
});

test("a refused token is explained in a challenge, then refused for good", settings, async (t) => {
  const room = await openMailRoom(t, server);
  const client = await openDialogue(room.port, true);
  await client.reply();
  await client.ask("EHLO client.test");
  const [, challenge = ""] = /^334 (\S+)$/.exec(await client.ask(`AUTH OAUTHBEARER ${bad}`)) ?? [];
  assert.deepEqual(JSON.parse(Buffer.from(challenge, "base64").toString()), {
    status: "invalid_token",
    "openid-configuration": server.bearer.openIdConfiguration,
  });
  assert.match(await client.ask("AQ=="), /^535 5\.7\.8/);
  assert.match(await client.ask("AUTH OAUTHBEARER !!!"), /^501 5\.5\.2/);
  assert.equal(await client.ask("AUTH XOAUTH2"), "334 ");
  assert.match(await client.ask("*"), /^501 5\.7\.0/);
  assert.match(await client.ask("MAIL FROM:<a@b.test>"), /^530/);
  // The login attempts of a connection are counted whatever their mechanism.
  await client.ask(`AUTH OAUTHBEARER ${bad}`);
  await client.ask("AQ==");
  await client.ask(`AUTH OAUTHBEARER ${bad}`);
  await client.send("AQ==\r\n");
  assert.match(await client.reply(), /^535/);
  assert.match(await client.reply(), /^421/);
  await client.closed();
});

test("nodemailer logs in with XOAUTH2, and hears no for a wrong token", settings, async (t) => {
  const room = await openMailRoom(t, server);
  const submit = (accessToken: string) =>
    createTransport({
      host: "127.0.0.1",
      port: room.port,
      secure: true,
      auth: { type: "OAuth2", user: "ann", accessToken },
      tls: { rejectUnauthorized: false },
    }).sendMail({ from: "a@b.test", to: "c@d.test", text: "Hi" });
  assert.match((await submit("good.token")).response, /^250/);
  await assert.rejects(submit("wrong"), (error: Error & { responseCode?: number }) => {
    assert.equal(error.responseCode, 535);
    return true;
  });
  assert.equal(room.received.length, 1);
});
