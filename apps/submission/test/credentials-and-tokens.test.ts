import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { hashPassword, newId, parseApiKey } from "@waxwing/runtime";
import { type Database, insertSmtpCredential } from "@waxwing/store";
import { createFakeClock } from "@waxwing/testkit";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createTransport } from "nodemailer";
import { apiKey, openSubmissionDoors, readingKey } from "./submission-doors.ts";

const run = promisify(execFile);
const settings = { timeout: 60_000 };

const mail = { from: "shop@waxwing.test", to: "bob@example.test", text: "Hi" };
const transport = (port: number, auth: object) =>
  createTransport({ host: "127.0.0.1", port, secure: true, auth, tls: { rejectUnauthorized: false } });

const isRefusal = (code: number) => (error: Error & { responseCode?: number }) => {
  assert.equal(error.responseCode, code, error.message);
  return true;
};

async function addCredential(db: Database, projectId: string, username: string, password: string) {
  const inserted = await insertSmtpCredential(
    db,
    { projectId, keyId: null, remoteAddress: null },
    { id: newId(), name: "test", username, passwordHash: await hashPassword(password) },
    100,
  );
  assert.equal(inserted.kind, "created");
}

/** A program that a developer may lack: said loudly, and in CI its absence fails the test. */
function missing(program: string): boolean {
  if (spawnSync("sh", ["-c", `command -v ${program}`]).status === 0) return false;
  assert.ok(!process.env.CI, `${program} is not installed, and CI must have it`);
  console.error(`NOT TESTED: ${program} is not installed`);
  return true;
}

test("a named credential logs in with its password, and with no other", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  await addCredential(doors.db, doors.projectId, "smtp-printer", "right password");
  const port = doors.ports.submissions;
  for (const method of ["PLAIN", "LOGIN"]) {
    await transport(port, { user: "SMTP-printer", pass: "right password", method }).sendMail(mail);
  }
  const stored = await doors.stored();
  assert.deepEqual(
    stored.map(({ projectId }) => projectId),
    [doors.projectId, doors.projectId],
  );
  for (const [user, pass] of [
    ["smtp-printer", "wrong password"],
    ["nobody", "right password"],
    ["smtp-printer", apiKey],
  ]) {
    await assert.rejects(transport(port, { user, pass }).sendMail(mail), isRefusal(535));
  }
  const used = await doors.db.pool.query("SELECT last_used_at FROM smtp_credentials");
  assert.notEqual(used.rows[0].last_used_at, null);
  assert.doesNotMatch(doors.logged.join(""), /right password|wrong password/);
});

test("swaks logs in with PLAIN and LOGIN", settings, async (t) => {
  if (missing("swaks")) return;
  const doors = await openSubmissionDoors(t);
  await addCredential(doors.db, doors.projectId, "smtp-printer", "right password");
  for (const method of ["PLAIN", "LOGIN"]) {
    await run("swaks", [
      ...["--server", `127.0.0.1:${doors.ports.submission}`, "--tls", "--auth", method],
      ...["--auth-user", "smtp-printer", "--auth-password", "right password"],
      ...["--from", "shop@waxwing.test", "--to", "bob@example.test", "--h-Subject", method],
    ]);
  }
  assert.deepEqual(
    (await doors.stored()).map(({ subject }) => subject),
    ["PLAIN", "LOGIN"],
  );
});

test("a credential that is deleted, has expired or is used elsewhere opens nothing", settings, async (t) => {
  const clock = createFakeClock(Date.now());
  const doors = await openSubmissionDoors(t, { clock });
  await addCredential(doors.db, doors.projectId, "smtp-printer", "right password");
  const pooled = createTransport({
    host: "127.0.0.1",
    port: doors.ports.submissions,
    secure: true,
    pool: true,
    maxConnections: 1,
    auth: { user: "smtp-printer", pass: "right password" },
    tls: { rejectUnauthorized: false },
  });
  t.after(() => pooled.close());
  await pooled.sendMail(mail);
  await doors.db.pool.query("UPDATE smtp_credentials SET allowed_ips = '{192.0.2.0/24}'");
  await clock.advance(5_000);
  await assert.rejects(pooled.sendMail(mail), isRefusal(530));
  await doors.db.pool.query("UPDATE smtp_credentials SET allowed_ips = '{}', expires_at = now()");
  await clock.advance(5_000);
  const once = transport(doors.ports.submissions, { user: "smtp-printer", pass: "right password" });
  await passing(clock, assert.rejects(once.sendMail(mail), isRefusal(535)));
  assert.equal((await doors.stored()).length, 1);
});

test("an API key is a bearer token, with the scope to send", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const submit = (user: string, accessToken: string) =>
    transport(doors.ports.submissions, { type: "OAuth2", user, accessToken }).sendMail(mail);
  await submit("apikey", apiKey);
  await assert.rejects(submit("shop@waxwing.test", apiKey), isRefusal(535));
  await assert.rejects(submit("apikey", readingKey), isRefusal(535));
  assert.equal((await doors.stored()).length, 1);
});

test("an API key with SendGrid's scope for sending logs in", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const { publicId } = parseApiKey(readingKey);
  const give = (scopes: string[]) =>
    doors.db.pool.query("UPDATE api_keys SET scopes = $2 WHERE public_id = $1", [publicId, scopes]);
  const submit = () =>
    transport(doors.ports.submissions, { user: "apikey", pass: readingKey }).sendMail(mail);
  await give(["mail.batch.create"]);
  await assert.rejects(submit(), isRefusal(535));
  await give(["mail.send"]);
  await submit();
  assert.equal((await doors.stored()).length, 1);
});

test("curl logs in with OAUTHBEARER and XOAUTH2, and hears no for a wrong token", settings, async (t) => {
  if (missing("curl")) return;
  const doors = await openSubmissionDoors(t);
  const folder = await mkdtemp(join(tmpdir(), "waxwing-submission-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "mail.eml"), "From: shop@waxwing.test\r\n\r\nHi\r\n");
  const submit = (mechanism: string, token: string) =>
    run("curl", [
      ...["-sS", "--ssl-reqd", "--insecure", "--url", `smtp://127.0.0.1:${doors.ports.submission}`],
      ...["--user", "apikey", "--oauth2-bearer", token, "--login-options", `AUTH=${mechanism}`],
      ...["--mail-from", "shop@waxwing.test", "--mail-rcpt", "bob@example.test"],
      ...["--upload-file", join(folder, "mail.eml")],
    ]);
  for (const mechanism of ["OAUTHBEARER", "XOAUTH2"]) {
    await submit(mechanism, apiKey);
    // curl's 67: the server denied the login.
    await assert.rejects(submit(mechanism, readingKey), { code: 67 });
  }
  assert.equal((await doors.stored()).length, 2);
});

test("a token of the issuer opens the credential of its address, until it ends", settings, async (t) => {
  const issuer = await openIssuer(t);
  const doors = await openSubmissionDoors(t, {
    oauth: { issuer: issuer.url, audience: ["waxwing"], jwksUri: null },
  });
  for (const name of ["ann@waxwing.test", "bob@unverified.test"]) {
    await addCredential(doors.db, doors.projectId, name, "unused password");
  }
  const port = doors.ports.submissions;
  const sendAs = async (user: string, claims: object) => {
    const accessToken = await issuer.sign({ exp: Math.floor(Date.now() / 1000) + 300, ...claims });
    return await transport(port, { type: "OAuth2", user, accessToken }).sendMail(mail);
  };
  const good = { email: "Ann@waxwing.test", email_verified: true };
  await sendAs("ann@waxwing.test", good);
  // What an administrator of the issuer set counts as well as an address.
  await sendAs("ann@waxwing.test", { waxwing_user: "ann@waxwing.test" });
  assert.equal((await doors.stored()).length, 2);

  const refused: readonly (readonly [reason: string, user: string, claims: object])[] = [
    ["another user's", "bob@unverified.test", good],
    ["no SMTP credential", "eve@waxwing.test", { ...good, email: "eve@waxwing.test" }],
    ["neither waxwing_user nor a verified email", "ann@waxwing.test", { ...good, email_verified: false }],
    ["not the project's", "bob@unverified.test", { ...good, email: "bob@unverified.test" }],
    ["aud", "ann@waxwing.test", { ...good, aud: "calendar" }],
  ];
  for (const [reason, user, claims] of refused) {
    await assert.rejects(sendAs(user, claims), isRefusal(535), reason);
    assert.ok(
      doors.logged.some((line) => line.includes(reason)),
      reason,
    );
  }
  assert.equal((await doors.stored()).length, 2);
});

test("an open session ends with its token", settings, async (t) => {
  const issuer = await openIssuer(t);
  const clock = createFakeClock(Date.now());
  const doors = await openSubmissionDoors(t, {
    clock,
    oauth: { issuer: issuer.url, audience: ["waxwing"], jwksUri: `${issuer.url}/jwks` },
  });
  await addCredential(doors.db, doors.projectId, "ann@waxwing.test", "unused password");
  const exp = Math.floor(clock.now() / 1000) + 300;
  const accessToken = await issuer.sign({ exp, waxwing_user: "ann@waxwing.test" });
  const pooled = createTransport({
    host: "127.0.0.1",
    port: doors.ports.submissions,
    secure: true,
    pool: true,
    maxConnections: 1,
    auth: { type: "OAuth2", user: "ann@waxwing.test", accessToken },
    tls: { rejectUnauthorized: false },
  });
  t.after(() => pooled.close());
  await pooled.sendMail(mail);
  await clock.advance(331_000);
  await assert.rejects(pooled.sendMail(mail), isRefusal(530));
});

/** Lets time pass until the work is done: a refusal takes half a second, and clients may try twice. */
async function passing(clock: ReturnType<typeof createFakeClock>, work: Promise<void>): Promise<void> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    await clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
}

/** An issuer with OpenID discovery on a free port. */
async function openIssuer(t: TestContext) {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const server = createServer((request, response) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const document = request.url === "/jwks" ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` };
    response.setHeader("content-type", "application/json").end(JSON.stringify(document));
  });
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "EdDSA" };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    sign: (claims: object): Promise<string> =>
      new SignJWT({ iss: url, aud: "waxwing", ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
        .sign(privateKey),
  };
}
