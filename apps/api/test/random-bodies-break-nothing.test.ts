import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { prepareCompose } from "@waxwing/outbound";
import { decodeContent } from "@waxwing/store";
import fc from "fast-check";
import type { RequestSchema } from "../src/schema-problems.ts";
import { SendRequest } from "../src/schemas/send.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { fitting, messageHints, mostly, type RandomRequest, requests } from "./random-bodies.ts";

/** The same bodies in every run; another seed, other bodies. */
const SEED = Number(process.env.WAXWING_FUZZ_SEED ?? 20_261_123);
const SINGLE = 2_000;
const BATCHES = 200;
const AT_ONCE = 50;

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

interface Rows {
  readonly messages: number;
  readonly recipients: number;
  readonly backlog: number;
  readonly events: number;
}

async function countRows(): Promise<Rows> {
  const { rows } = await fixture.db.pool.query(`
    SELECT (SELECT count(*)::int FROM messages) AS messages, (SELECT count(*)::int FROM recipients) AS recipients,
           (SELECT count(*)::int FROM backlog) AS backlog, (SELECT count(*)::int FROM events) AS events`);
  return rows[0];
}

interface Accepted {
  readonly id: string;
  readonly recipients: readonly { readonly id: string; readonly email: string }[];
}

/** What an answer says was taken. @throws when it is anything but a proper answer */
function readAnswer(url: string, request: RandomRequest, answer: Answer): readonly Accepted[] {
  const words = `${url} ${request.payload.toString().slice(0, 2_000)} -> ${answer.statusCode} ${answer.body.slice(0, 500)}`;
  if (answer.statusCode === 202) return [answer.json() as Accepted];
  if (answer.statusCode === 200) {
    const { results } = answer.json() as {
      readonly results: readonly (Accepted & { readonly status: number; readonly problem?: unknown })[];
    };
    for (const { status, problem } of results) if (status !== 202) checkProblem(problem, status, words);
    return results.filter(({ status }) => status === 202);
  }
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json(;|$)/, words);
  checkProblem(answer.json(), answer.statusCode, words);
  return [];
}

type Answer = Awaited<ReturnType<typeof post>>;
const post = (url: string, { payload, contentType }: RandomRequest) =>
  fixture.app.inject({
    method: "POST",
    url,
    headers: { ...tenant.headers, "content-type": contentType },
    payload,
  });

/** RFC 9457, with our extension. */
function checkProblem(given: unknown, status: number, words: string): void {
  assert.ok(status >= 400 && status < 500, words);
  const problem = given as {
    readonly type: string;
    readonly status: number;
    readonly errors: readonly object[];
  };
  assert.match(problem.type, /^urn:waxwing:problem:[a-z-]+$/, words);
  assert.equal(problem.status, status, words);
  assert.ok(Array.isArray(problem.errors) && problem.errors.length <= 100, words);
}

/** Sends them, and holds what is stored after each lot against what the answers said. Returns how many messages were taken. */
async function drive(url: string, bodies: readonly RandomRequest[]): Promise<number> {
  let taken = 0;
  let rows = await countRows();
  for (let at = 0; at < bodies.length; at += AT_ONCE) {
    const lot = bodies.slice(at, at + AT_ONCE);
    const answers = await Promise.all(lot.map((request) => post(url, request)));
    const accepted = answers.flatMap((answer, index) => {
      const request = lot[index];
      return request === undefined ? [] : readAnswer(url, request, answer);
    });
    const recipients = accepted.reduce((sum, message) => sum + message.recipients.length, 0);
    const now = await countRows();
    assert.deepEqual(
      now,
      {
        messages: rows.messages + accepted.length,
        recipients: rows.recipients + recipients,
        backlog: rows.backlog + recipients,
        events: rows.events + recipients,
      },
      `${url}, bodies ${at} to ${at + lot.length} of seed ${SEED}`,
    );
    rows = now;
    taken += accepted.length;
  }
  return taken;
}

function bodies() {
  const from = mostly(
    fc.constantFrom(`Shop <shop@${tenant.domain}>`, `shop@${tenant.domain}`),
    fc.constant("a@elsewhere.test"),
  );
  const schema = SendRequest as unknown as RequestSchema;
  const sensible = { ...schema, required: [...(schema.required ?? []), "subject", "text"] };
  const message = fitting(sensible, messageHints(from));
  return { single: requests(message), batch: requests(fc.array(message, { minLength: 1, maxLength: 8 })) };
}

suite("random bodies break nothing", { timeout: 60_000 }, () => {
  test("POST /send takes a body whole or not at all, and says why", async () => {
    const taken = await drive("/send", fc.sample(bodies().single, { numRuns: SINGLE, seed: SEED }));
    assert.ok(
      taken > SINGLE / 10,
      `only ${taken} of ${SINGLE} bodies were good: the generator tries nothing`,
    );
    assert.ok(taken < SINGLE / 1.5, `${taken} of ${SINGLE} bodies were good: the generator breaks nothing`);
  });

  test("POST /send/batch takes each item whole or not at all", async () => {
    const taken = await drive("/send/batch", fc.sample(bodies().batch, { numRuns: BATCHES, seed: SEED }));
    assert.ok(taken > BATCHES / 10);
  });

  test("what was taken has its content, and can be composed", async () => {
    const { rows } = await fixture.db.pool.query(`
      SELECT id, content_kind, headers, subject, options, zstd
        FROM messages JOIN message_contents ON hash = content_hash`);
    assert.equal(rows.length, (await countRows()).messages);
    for (const { id, content_kind: contentKind, headers, subject, options, zstd } of rows) {
      const message = { messageId: id, contentKind, headers, subject, options, startedAtMs: 0 };
      const compose = prepareCompose(message, await decodeContent(zstd));
      const { header, body } = compose(() => "https://links.test/x");
      assert.ok(header.includes("Message-ID: ") && body.length > 0, id);
    }
  });

  test("nothing was logged as an error", () => {
    const errors = fixture.logged.filter((line) => /"level":(50|60)/.test(line));
    assert.deepEqual(errors.slice(0, 3), []);
  });
});
