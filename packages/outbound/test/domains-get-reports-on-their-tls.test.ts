import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { createLogger, createSecretBox, newId } from "@waxwing/runtime";
import { ensureProject } from "@waxwing/store";
import { type Accept, type Acceptance, addDomain, createAcceptor, type Submission } from "../src/index.ts";
import { derOf, mailDomain, openTlsWorld, type TlsWorld } from "./tls-world.ts";

const DAY_MS = 86_400_000;
const DOMAINS = [
  "good",
  "clear",
  "expired",
  "elsewhere",
  "strange",
  "unlisted",
  "nofile",
  "badfile",
  "untrusted",
  "quiet",
  "plain",
  "posted",
].map((name) => `${name}.example`);
const STS_FREE = ["quiet.example", "plain.example", "posted.example"];

/** What is asserted of a report. */
interface Report {
  readonly "organization-name": string;
  readonly "date-range": Readonly<Record<string, string>>;
  readonly policies: readonly {
    readonly policy: Readonly<Record<string, unknown>>;
    readonly summary: Readonly<Record<string, number>>;
    readonly "failure-details": readonly Readonly<Record<string, unknown>>[];
  }[];
}

suite("domains that ask for it get reports on their TLS", { timeout: 60_000 }, () => {
  let world: TlsWorld;
  const mails: Extract<Submission, { kind: "mime" }>[] = [];
  const answers: Acceptance[] = [];
  let accept: Accept;

  before(async () => {
    const hosts = DOMAINS.flatMap((domain) => [`mx.${domain}`, `mta-sts.${domain}`]);
    world = await openTlsWorld({
      hosts: [...hosts, "mx.dane.example", "mx.forged.example", "reports.example"],
      isSecure: (name) => /(?:dane|forged|unusable)\.example$/.test(name),
      zoneOf: ({ certificates, webPort }) => {
        const leaf = derOf(certificates.good.leaf, "certificate");
        const digest = createHash("sha256").update(leaf).digest();
        const reports = "mailto:tls@reports.example";
        const sts = "1";
        const posted = `https://reports.example:${webPort}/in`;
        return {
          ...Object.assign(
            {},
            ...DOMAINS.map((domain) =>
              mailDomain(domain, {
                ...(!STS_FREE.includes(domain) && { sts }),
                ...(domain !== "quiet.example" && {
                  reports: domain === "posted.example" ? `${posted},mailto:a%40b@c` : reports,
                }),
              }),
            ),
          ),
          ...mailDomain("dane.example", { tlsa: [[3, 0, 1, digest]], reports }),
          ...mailDomain("unusable.example", { tlsa: [[0, 0, 1, digest]], reports }),
          ...mailDomain("forged.example", { tlsa: { error: "ESERVFAIL" }, reports }),
          "reports.example": { A: ["127.0.0.1"] },
        };
      },
    });
    for (const domain of DOMAINS) {
      const mx = domain === "unlisted.example" ? "other.example" : `mx.${domain}`;
      const mode = domain === "strange.example" ? "testing" : "enforce";
      if (domain === "nofile.example") continue;
      const body = `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: 86400\n`;
      world.policies.set(domain, { body: domain === "badfile.example" ? "nonsense" : body });
    }
    const { db, clock } = world;
    const projectId = newId();
    await ensureProject(db, { id: projectId, name: "platform" });
    const secretBox = createSecretBox(randomBytes(32));
    await addDomain(db, secretBox, { projectId, name: "shop.example", verifiedAt: new Date() });
    const lanes = {
      wake: async () => undefined,
      wakeAt: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    const log = createLogger({ level: "silent", name: "test", write: () => undefined });
    const acceptor = createAcceptor({ db, lanes, clock, log, notify: () => undefined });
    accept = async (submission) => {
      if (submission.kind === "mime") mails.push(submission);
      const answer = await acceptor.accept(submission);
      answers.push(answer);
      return answer;
    };
  });
  after(() => world[Symbol.asyncDispose]());

  const until = async (sql: string, expected: number): Promise<void> => {
    for (;;) {
      const { rows } = await world.db.pool.query<{ count: number }>(sql);
      if (rows[0]?.count === expected) return;
      await pause(10);
    }
  };

  test("sessions are counted by what they came to, and told once after the day is over", async () => {
    const { clock, certificates } = world;
    // Two workers: what they do is one report.
    const [first, second] = [world.platform({ accept }), world.platform({ accept })];
    const stopping = new AbortController();
    const running = Promise.all([first.run(stopping.signal), second.run(stopping.signal)]);
    const send = async (
      domain: string,
      certificate: keyof typeof certificates | null,
      policies = first,
      message = {},
    ) => {
      const pair = certificate === null ? null : certificates[certificate];
      const hop = await world.openServer({ host: `mx.${domain}`, certificate: pair });
      await world.deliver(policies, `ann@${domain}`, [hop], message);
    };
    await send("good.example", "good");
    await send("good.example", "good", second);
    await send("good.example", "untrusted");
    await send("clear.example", null);
    await send("expired.example", "expired");
    await send("elsewhere.example", "elsewhere");
    await send("strange.example", "untrusted");
    await send("unlisted.example", "good");
    await send("nofile.example", "good");
    await send("badfile.example", "good");
    await send("quiet.example", "good");
    await send("plain.example", "untrusted");
    await send("plain.example", null);
    await send("posted.example", "good");
    await send("dane.example", "good");
    await send("dane.example", "untrusted");
    await send("unusable.example", "untrusted");
    await send("forged.example", "good");
    // What must arrive whatever the policy says is not about the policy.
    await send("clear.example", null, first, { tlsOptional: true });

    await clock.whenSleeping(4);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    await clock.advance(30_000);
    const reported = 13;
    await until("SELECT count(DISTINCT domain)::integer AS count FROM tls_results", reported);
    await until("SELECT sum(sessions)::integer AS count FROM tls_results WHERE domain = 'good.example'", 3);

    assert.equal(mails.length, 0, "the day is not over");
    clock.set((Math.floor(clock.now() / DAY_MS) + 1) * DAY_MS + 4 * 3_600_000);
    await clock.whenSleeping(4);
    await clock.advance(5 * 60_000);
    await until("SELECT count(*)::integer AS count FROM tls_reports WHERE done_at IS NOT NULL", reported);
    stopping.abort();
    await running;

    assert.ok(answers.every(({ kind }) => kind === "accepted"));
    assert.equal(mails.length, reported - 1, "each is sent by one worker; one is posted");
    const [posted] = world.posted;
    assert.ok(posted !== undefined && world.posted.length === 1);
    assert.deepEqual([posted.url, posted.type], ["https://reports.example/in", "application/tlsrpt+gzip"]);

    const byDomain = new Map<string, Report>([
      ["posted.example", JSON.parse(gunzipSync(posted.body).toString())],
    ]);
    for (const { mime, recipients, options } of mails) {
      assert.deepEqual([recipients, options], [["tls@reports.example"], { tlsOptional: true }]);
      const text = mime.toString();
      const [, domain = ""] = /^TLS-Report-Domain: (.*)\r$/m.exec(text) ?? [];
      const [, base64 = ""] = /filename="[^"]*"\r\n\r\n([\s\S]*?)\r\n--/.exec(text) ?? [];
      assert.match(text, /^TLS-Report-Submitter: mail\.waxwing\.test\r$/m);
      assert.match(text, new RegExp(`filename="mail.waxwing.test!${domain}!\\d+!\\d+![0-9a-f]+.json.gz"`));
      byDomain.set(domain, JSON.parse(gunzipSync(Buffer.from(base64, "base64")).toString()));
    }

    const told = [...byDomain].map(([domain, { policies, ...report }]) => {
      assert.equal(report["organization-name"], "shop.example");
      assert.deepEqual(report["date-range"], {
        "start-datetime": `${day}T00:00:00Z`,
        "end-datetime": `${day}T23:59:59Z`,
      });
      const parts = policies.map(({ policy, summary, "failure-details": failures }) => {
        assert.equal(policy["policy-domain"], domain);
        const good = summary["total-successful-session-count"];
        const kinds = failures.map((detail) => `${detail["result-type"]} ${detail["failed-session-count"]}`);
        assert.equal(
          summary["total-failure-session-count"],
          failures.reduce((sum, detail) => sum + Number(detail["failed-session-count"]), 0),
        );
        return [policy["policy-type"], `${good} good`, ...kinds.sort()].join(", ");
      });
      return `${domain}: ${parts.sort().join("; ")}`;
    });
    assert.deepEqual(told.sort(), [
      "badfile.example: sts, 0 good, sts-policy-invalid 1",
      "clear.example: sts, 0 good, starttls-not-supported 1",
      "dane.example: tlsa, 1 good, certificate-not-trusted 1",
      "elsewhere.example: sts, 0 good, certificate-host-mismatch 1",
      "expired.example: sts, 0 good, certificate-expired 1",
      "forged.example: tlsa, 0 good, dnssec-invalid 1",
      "good.example: sts, 2 good, certificate-not-trusted 1",
      "nofile.example: sts, 0 good, sts-policy-fetch-error 1",
      "plain.example: no-policy-found, 1 good, starttls-not-supported 1",
      "posted.example: no-policy-found, 1 good",
      "strange.example: sts, 0 good, certificate-not-trusted 1",
      "unlisted.example: sts, 0 good, validation-failure 1",
      "unusable.example: tlsa, 0 good, tlsa-invalid 1",
    ]);
    const details = byDomain.get("expired.example")?.policies[0];
    assert.deepEqual(details?.policy["mx-host"], ["mx.expired.example"]);
    assert.equal(details?.["failure-details"][0]?.["receiving-mx-hostname"], "mx.expired.example");
    assert.equal(details?.["failure-details"][0]?.["receiving-ip"], "127.0.0.1");
  });
});
