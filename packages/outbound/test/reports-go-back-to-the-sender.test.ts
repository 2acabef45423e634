import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { parseDeliveryReport } from "@waxwing/message";
import { systemClock as clock, createLogger, createMetrics, createSecretBox, newId } from "@waxwing/runtime";
import { createRecipientLinks, createReturnPaths } from "@waxwing/seal";
import { type Database, ensureProject, openDatabase, type StoredOptions } from "@waxwing/store";
import { createTestDatabase, type SmtpSink, startSmtpSink } from "@waxwing/testkit";
import {
  addDomain,
  createAcceptor,
  createDeliverer,
  createLane,
  createLinkBases,
  createRecorder,
  createRouter,
  createShaping,
  createSigner,
  RFC_TIMEOUTS,
} from "../src/index.ts";

type Dsn = NonNullable<StoredOptions["dsn"]>;

suite("reports go back to the sender", { timeout: 60_000 }, () => {
  const projectId = newId();
  const returnTo = "bounces@shop.test";
  let db: Database;
  let sink: SmtpSink;
  const woken = new Set<string>();
  let deliverAll: () => Promise<void>;
  let submit: (recipients: readonly string[], dsn: Omit<Dsn, "returnTo"> | null) => Promise<string>;
  const cleanUp: (() => Promise<unknown>)[] = [];

  before(async () => {
    const database = await createTestDatabase();
    db = openDatabase({ url: database.url, onError: () => undefined });
    sink = await startSmtpSink();
    const log = createLogger({ level: "silent", name: "test", write: () => undefined });
    const lanes = {
      wake: async (sites: Iterable<string>) => {
        for (const site of sites) woken.add(site);
      },
      wakeAt: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    const secretBox = createSecretBox(randomBytes(32));
    await ensureProject(db, { id: projectId, name: "shop" });
    await addDomain(db, secretBox, { projectId, name: "shop.test", verifiedAt: new Date() });
    const { accept } = createAcceptor({ db, lanes, clock, log, notify: () => undefined });
    const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: RFC_TIMEOUTS });
    const leaseId = newId();
    const metrics = createMetrics({ processMetrics: false });
    const common = { db, lanes, clock, log, leaseId, maxAgeMs: 3_600_000, retryScheduleMs: [7_200_000] };
    const drain = createLane({
      ...common,
      leaseMs: 60_000,
      sign: createSigner({ db, secretBox, clock }),
      router: createRouter({
        routes: [{ pattern: { kind: "all" }, nextHop: sink }],
        resolver: {
          resolveMx: () => Promise.reject(new Error("no look-ups")),
          resolveAddresses: () => Promise.reject(new Error("no look-ups")),
        },
        random: Math.random,
      }),
      deliverer,
      shaping: createShaping({ ...common, secretBox, metrics, notify: () => undefined }),
      record: createRecorder({ ...common, notify: () => undefined, hostname: "mail.waxwing.test", metrics }),
      returnPaths: createReturnPaths(randomBytes(32)),
      recipientLinks: createRecipientLinks(randomBytes(32)),
      linkBaseOf: createLinkBases({ db, publicUrl: "https://links.test", clock }),
      random: Math.random,
      signal: new AbortController().signal,
    });
    deliverAll = async () => {
      for (const site of woken) {
        // What wakes it while it is drained comes round again.
        woken.delete(site);
        await drain(site);
      }
    };
    submit = async (recipients, dsn) => {
      const id = newId();
      const accepted = await accept({
        kind: "mime",
        id,
        projectId,
        keyId: null,
        options: dsn === null ? {} : { dsn: { returnTo, ...dsn } },
        from: { address: "shop@shop.test" },
        to: [],
        recipients,
        subject: "Order",
        mime: Buffer.from(
          `From: shop@shop.test\r\nSubject: Order\r\nMessage-ID: <${id}@shop.test>\r\n\r\nSecret\r\n`,
        ),
        tags: [],
        metadata: {},
        priority: "standard",
        sendAtMs: null,
        ttlMs: null,
      });
      assert.equal(accepted.kind, "accepted");
      return id;
    };
    cleanUp.push(
      async () => deliverer.terminate(),
      () => sink.close(),
      async () => await db[Symbol.asyncDispose](),
      () => database.drop(),
    );
  });
  after(async () => {
    for (const end of cleanUp) await end();
  });

  /** What arrived at the sender since, and how it came. */
  const reportsAfter = async (work: () => Promise<unknown>) => {
    const from = sink.messages.length;
    await work();
    await deliverAll();
    return sink.messages.slice(from).filter(({ rcptTo }) => rcptTo.includes(returnTo));
  };

  test("failures come in reports from nobody, signed for the sender's domain", async () => {
    const reports = await reportsAfter(() =>
      submit(["bounce550@example.test", "data554@example.test", "accept@example.test"], {
        envelopeId: "order+2B42",
        recipients: [{ ordinal: 0, notify: ["failure"], orcpt: "rfc822;old+2Bname@example.test" }],
      }),
    );
    const found = reports
      .flatMap(({ raw }) => parseDeliveryReport(raw)?.recipients ?? [])
      .sort((one, other) => one.finalRecipient.localeCompare(other.finalRecipient));
    assert.deepEqual(
      found.map(({ finalRecipient, originalRecipient, action, status }) => [
        finalRecipient,
        originalRecipient,
        action,
        status,
      ]),
      [
        ["bounce550@example.test", "old+name@example.test", "failed", "5.1.1"],
        ["data554@example.test", undefined, "failed", "5.7.1"],
      ],
    );
    for (const { mailFrom, raw, headers } of reports) {
      assert.equal(mailFrom, "");
      assert.equal(parseDeliveryReport(raw)?.originalEnvelopeId, "order+42");
      assert.equal(headers.get("auto-submitted"), "auto-replied");
      assert.match(headers.get("dkim-signature") ?? "", /d=shop\.test/);
      assert.match(raw.toString(), /Subject: Order/);
      assert.doesNotMatch(raw.toString(), /Secret/);
    }
  });

  test("success and delay are reported where they are asked for, once", async () => {
    const reports = await reportsAfter(() =>
      submit(["accept@example.test", "defer451-9@example.test", "plain@example.test"], {
        recipients: [
          { ordinal: 0, notify: ["success"] },
          { ordinal: 1, notify: ["delay", "failure"] },
        ],
      }),
    );
    const actions = reports.flatMap(({ raw }) => parseDeliveryReport(raw)?.recipients ?? []);
    assert.deepEqual(
      actions.map(({ finalRecipient, action }) => [finalRecipient, action]),
      [["accept@example.test", "relayed"]],
    );
    // The second attempt comes two hours later by the schedule: then a sender may wonder.
    const again = await reportsAfter(async () => {
      await db.pool.query("UPDATE backlog SET due_at = now()");
      woken.add(`route:${sink.host}:${sink.port}`);
    });
    const delayed = again.flatMap(({ raw }) => parseDeliveryReport(raw)?.recipients ?? []);
    assert.deepEqual(
      delayed.map(({ finalRecipient, action, status }) => [finalRecipient, action, status]),
      [["defer451-9@example.test", "delayed", "4.3.0"]],
    );
    assert.match(again[0]?.raw.toString() ?? "", /^Will-Retry-Until: /m);
    await db.pool.query("DELETE FROM backlog");
  });

  test("who asked for none gets none, and a suppressed address is reported as refused", async () => {
    const silent = await reportsAfter(async () => {
      await submit(["bounce550@one.test"], null);
      await submit(["bounce550@two.test"], { recipients: [{ ordinal: 0, notify: ["never"] }] });
      await submit(["bounce550@three.test"], { recipients: [{ ordinal: 0, notify: ["success"] }] });
    });
    assert.deepEqual(silent, []);
    const told = await reportsAfter(() => submit(["bounce550@one.test"], { recipients: [] }));
    const [recipient] = told.flatMap(({ raw }) => parseDeliveryReport(raw)?.recipients ?? []);
    assert.deepEqual([recipient?.action, recipient?.status], ["failed", "5.7.1"]);
    assert.match(recipient?.diagnosticCode ?? "", /suppressed/);
  });

  test("RET=FULL returns the whole of what failed", async () => {
    const [report] = await reportsAfter(() =>
      submit(["bounce550@full.test"], { ret: "full", recipients: [] }),
    );
    assert.match(report?.raw.toString() ?? "", /Content-Type: message\/rfc822\r\n\r\n.*Secret/s);
  });

  test("a report that bounces brings about nothing, and no report is an event of the project", async () => {
    const before = await events();
    // The sender's own address refuses: it is at a mailbox that always does.
    const id = await submit(["bounce550@loop.test"], { recipients: [] });
    await db.pool.query(
      "UPDATE messages SET options = jsonb_set(options, '{dsn,returnTo}', '\"bounce550@shop.test\"') WHERE id = $1",
      [id],
    );
    await deliverAll();
    const { rows } = await db.pool.query(
      "SELECT count(*)::int AS n FROM messages WHERE options ? 'report' AND id > $1",
      [id],
    );
    assert.deepEqual(rows, [{ n: 1 }]);
    const made = (await events()).slice(before.length);
    assert.deepEqual([...new Set(made.map(({ message_id }) => message_id))], [id]);
  });

  test("a sender whose domain is the project's no more gets nothing", async () => {
    const reports = await reportsAfter(async () => {
      await submit(["bounce550@gone.test"], { recipients: [] });
      await db.pool.query("UPDATE domains SET verified_at = NULL");
    });
    assert.deepEqual(reports, []);
  });

  const events = async (): Promise<readonly { readonly message_id: string }[]> =>
    (await db.pool.query("SELECT message_id FROM events ORDER BY id")).rows;
});
