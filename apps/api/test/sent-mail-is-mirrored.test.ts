import assert from "node:assert/strict";
import { test } from "node:test";
import { mirrorSentMail } from "@waxwing/outbound";
import { folderStatuses } from "@waxwing/store";
import { openApiFixture, validBody } from "./api-fixture.ts";

test("mail from the addresses of a mailbox is filed in its Sent, once, where it asks for that", {
  timeout: 60_000,
}, async () => {
  await using fixture = await openApiFixture();
  const { db } = fixture;
  const tenant = await fixture.addTenant();
  const { log } = fixture.dependencies;
  const post = async (url: string, payload: object) => {
    const answer = await fixture.app.inject({ method: "POST", url, headers: tenant.headers, payload });
    assert.ok(answer.statusCode < 300, answer.body);
    return answer.json();
  };
  const send = (from: string, subject: string) => post("/send", { ...validBody(tenant), from, subject });
  const shop = `shop@${tenant.domain}`;
  const mirroring = await post("/mailboxes", { address: shop });
  const silent = await post("/mailboxes", { address: `silent@${tenant.domain}` });
  await post(`/mailboxes/${mirroring.id}/aliases`, { address: `help@${tenant.domain}` });
  // The log is read up to the oldest transaction that is still running: its readers are not at its end.
  const running = await db.pool.connect();
  await running.query("BEGIN; SELECT pg_current_xact_id()");
  await send(shop, "before");
  const patch = { method: "PATCH", url: `/mailboxes/${mirroring.id}`, headers: tenant.headers } as const;
  await fixture.app.inject({ ...patch, payload: { mirror_sent: true } });
  await running.query("COMMIT");
  running.release();

  await send(`Shop <${shop.toUpperCase()}>`, "from the address");
  await send(`help@${tenant.domain}`, "from the alias");
  await send(`silent@${tenant.domain}`, "from another mailbox");
  const body = { ...validBody(tenant), from: shop, subject: "to many", track: { opens: true, clicks: true } };
  await post("/send", {
    ...body,
    html: '<a href="https://x.test">x</a>',
    to: ["a@example.test", "b@example.test"],
  });
  const sent = async (mailboxId: string) => {
    const { rows } = await db.pool.query<{ subject: string; flags: string[] }>(
      `SELECT envelope ->> 'subject' AS subject, flags FROM folders JOIN mailbox_messages ON folder_id = folders.id
         JOIN mailbox_listings AS l ON l.folder_id = folders.id AND l.uid = mailbox_messages.uid
        WHERE mailbox_id = $1 AND name = 'Sent' ORDER BY l.uid`,
      [mailboxId],
    );
    for (const { flags } of rows) assert.deepEqual(flags, ["\\Seen"]);
    return rows.map(({ subject }) => subject);
  };
  // Transactions of other tests may still be running.
  while ((await sent(mirroring.id)).length < 3) {
    await Promise.all([mirrorSentMail({ db, log }), mirrorSentMail({ db, log })]);
  }
  await mirrorSentMail({ db, log });
  assert.deepEqual(await sent(mirroring.id), ["from the address", "from the alias", "to many"]);
  assert.deepEqual(await sent(silent.id), []);
  const [status] = await folderStatuses(db, mirroring.id, "Sent");
  assert.deepEqual([status?.messages, status?.unseen], [3, 0]);
});
