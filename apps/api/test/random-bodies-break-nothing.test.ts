import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { prepareCompose } from "@waxwing/outbound";
import { decodeContent } from "@waxwing/store";
import fc from "fast-check";
import type { RequestSchema } from "../src/schema-problems.ts";
import { SendRequest } from "../src/schemas/send.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { fitting, messageHints, mostly, type RandomRequest, requests } from "./random-bodies.ts";
import { mails } from "./random-mails.ts";

/** The same bodies in every run; another seed, other bodies. */
const SEED = Number(process.env.WAXWING_FUZZ_SEED ?? 20_261_123);
const SINGLE = 2_000;
const BATCHES = 200;
const AT_ONCE = 100;

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

/** What an answer says was taken. */
interface Taken {
  readonly messages: number;
  readonly recipients: number;
}

interface Accepted {
  readonly status?: number;
  readonly recipients: readonly object[];
}

const sum = (all: readonly Taken[]): Taken => ({
  messages: all.reduce((total, { messages }) => total + messages, 0),
  recipients: all.reduce((total, { recipients }) => total + recipients, 0),
});
const takenOf = (accepted: readonly Accepted[]): Taken =>
  sum(accepted.map(({ recipients }) => ({ messages: 1, recipients: recipients.length })));

const wordsOf = ({ payload }: RandomRequest, answer: Answer): string =>
  `${payload.toString().slice(0, 2_000)} -> ${answer.statusCode} ${answer.body.slice(0, 500)}`;

/** @throws when it is anything but a proper answer of the native API */
function readAnswer(request: RandomRequest, answer: Answer): Taken {
  const words = wordsOf(request, answer);
  if (answer.statusCode === 202) return takenOf([answer.json() as Accepted]);
  if (answer.statusCode === 200) {
    const { results } = answer.json() as {
      readonly results: readonly (Accepted & { readonly status: number; readonly problem?: unknown })[];
    };
    for (const { status, problem } of results) if (status !== 202) checkProblem(problem, status, words);
    return takenOf(results.filter(({ status }) => status === 202));
  }
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json(;|$)/, words);
  checkProblem(answer.json(), answer.statusCode, words);
  return takenOf([]);
}

interface SendgridMail {
  readonly personalizations: readonly Readonly<Record<string, unknown>>[];
}

/** @throws when it is anything but a proper answer of the SendGrid dialect */
function readSendgridAnswer(request: RandomRequest, answer: Answer): Taken {
  const words = wordsOf(request, answer);
  if (answer.statusCode === 202) {
    assert.equal(answer.body, "", words);
    assert.match(String(answer.headers["x-message-id"]), /^[\w-]{22}$/, words);
    const { personalizations } = JSON.parse(request.payload.toString()) as SendgridMail;
    return sum(
      personalizations.map((each) => ({
        messages: 1,
        recipients: ["to", "cc", "bcc"].flatMap((name) => each[name] ?? []).length,
      })),
    );
  }
  assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, words);
  const { errors } = answer.json() as { readonly errors: readonly { readonly message: unknown }[] };
  assert.ok(errors.length > 0 && errors.every(({ message }) => typeof message === "string"), words);
  return takenOf([]);
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
async function drive(
  url: string,
  bodies: readonly RandomRequest[],
  read: (request: RandomRequest, answer: Answer) => Taken = readAnswer,
): Promise<number> {
  let taken = 0;
  let rows = await countRows();
  for (let at = 0; at < bodies.length; at += AT_ONCE) {
    const lot = bodies.slice(at, at + AT_ONCE);
    const answers = await Promise.all(
      lot.map(async (request) => ({ request, answer: await post(url, request) })),
    );
    const { messages, recipients } = sum(answers.map(({ request, answer }) => read(request, answer)));
    const now = await countRows();
    assert.deepEqual(
      now,
      {
        messages: rows.messages + messages,
        recipients: rows.recipients + recipients,
        backlog: rows.backlog + recipients,
        events: rows.events + recipients,
      },
      `${url}, bodies ${at} to ${at + lot.length} of seed ${SEED}`,
    );
    rows = now;
    taken += messages;
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

suite("random bodies break nothing", { timeout: 120_000 }, () => {
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

  test("POST /v3/mail/send takes all personalizations or none", async () => {
    const from = mostly(fc.constant(`shop@${tenant.domain}`), fc.constant("a@elsewhere.test"));
    const bodies = fc.sample(requests(mails(from)), { numRuns: SINGLE / 2, seed: SEED });
    const taken = await drive("/v3/mail/send", bodies, readSendgridAnswer);
    assert.ok(taken > SINGLE / 20, `only ${taken} messages: the generator tries nothing`);
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
