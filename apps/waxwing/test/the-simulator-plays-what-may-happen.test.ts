import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Client, Message } from "@waxwing/client";
import { sayMailFrom } from "./raw-smtp.ts";
import { clientOf, startWaxwing, temporaryDataDir, until, type WaxwingProcess } from "./waxwing-process.ts";
import { openWebhookEndpoint } from "./webhook-endpoint.ts";

/** Each scenario, the state it ends in, and what the timeline says last. */
const SCENARIOS: readonly {
  readonly to: string;
  readonly state: string;
  readonly timeline: readonly string[];
  readonly says?: Readonly<Record<string, unknown>>;
}[] = [
  { to: "delivered", state: "delivered", timeline: ["accepted", "processed", "delivered"] },
  {
    to: "bounce",
    state: "bounced",
    timeline: ["accepted", "processed", "bounced"],
    says: { type: "hard", cause: "refused", class: "invalid-recipient", code: 550, enhanced_code: "5.1.1" },
  },
  {
    to: "bounce+5.7.1",
    state: "bounced",
    timeline: ["accepted", "processed", "bounced"],
    says: { type: "soft", class: "spam-content" },
  },
  {
    to: "defer+2",
    state: "delivered",
    timeline: ["accepted", "processed", "deferred", "deferred", "delivered"],
  },
  { to: "greylist", state: "delivered", timeline: ["accepted", "processed", "deferred", "delivered"] },
  { to: "slow+300ms", state: "delivered", timeline: ["accepted", "processed", "delivered"] },
  {
    to: "late-bounce+5.1.1+label",
    state: "bounced",
    timeline: ["accepted", "processed", "delivered", "bounced"],
    says: { type: "hard", cause: "report", class: "invalid-recipient", enhanced_code: "5.1.1" },
  },
  {
    to: "complaint",
    state: "delivered",
    timeline: ["accepted", "processed", "delivered", "complained"],
    says: { feedback_type: "abuse" },
  },
  {
    to: "out-of-office",
    state: "delivered",
    timeline: ["accepted", "processed", "delivered", "replied"],
    says: { class: "out-of-office" },
  },
  {
    to: "reply",
    state: "delivered",
    timeline: ["accepted", "processed", "delivered", "replied"],
    says: {
      class: "person",
      from: "reply@simulator.test",
      text: "Thank you, this is what the simulator has to say.",
    },
  },
];

suite("the simulator plays what may happen", { timeout: 120_000 }, () => {
  let waxwing: WaxwingProcess;
  let dataDir: Awaited<ReturnType<typeof temporaryDataDir>>;
  let client: Client;
  before(async () => {
    dataDir = await temporaryDataDir();
    waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_RETRY_SCHEDULE: "200ms",
      WAXWING_WEBHOOK_PRIVATE_ADDRESSES: "allow",
    });
    client = clientOf(waxwing.doors);
  });
  after(async () => {
    await waxwing.stop();
    await dataDir[Symbol.asyncDispose]();
  });

  const send = async (word: string): Promise<string> => {
    const message = {
      from: "Shop <shop@waxwing.test>",
      subject: "Order",
      text: "Your order.",
      metadata: { order: "7" },
    };
    return (await client.send({ ...message, to: `${word}@simulator.test`, track: { replies: true } })).id;
  };
  const types = ({ timeline }: Message) => timeline.map(({ type }) => type);

  test("every word does what it says", async () => {
    const sent = await Promise.all(SCENARIOS.map(({ to }) => send(to)));
    for (const [at, { to, state, timeline, says = {} }] of SCENARIOS.entries()) {
      const message = await until(
        `the end of ${to}`,
        () => client.messages.get(sent[at] ?? ""),
        (found) => types(found).length >= timeline.length && found.recipients[0]?.state === state,
      );
      assert.deepEqual(types(message), timeline, to);
      assert.equal(message.recipients[0]?.state, state, to);
      const last = message.timeline.at(-1)?.data ?? {};
      assert.deepEqual(
        { ...says, metadata: { order: "7" } },
        pick(last, [...Object.keys(says), "metadata"]),
        to,
      );
    }
    const { suppressions } = await client.suppressions.list();
    assert.deepEqual(
      suppressions
        .filter(({ reason }) => reason !== "blocked")
        .map(({ address, reason }) => `${reason} ${address}`),
      [
        "bounced bounce@simulator.test",
        "complained complaint@simulator.test",
        "bounced late-bounce+5.1.1+label@simulator.test",
      ],
    );
  });

  test("an answer by SMTP is told by webhook, with what was written and about what", async () => {
    await using endpoint = await openWebhookEndpoint();
    const { id, secret } = await client.webhooks.create({ url: endpoint.url, events: ["replied"] });
    endpoint.trust(secret ?? "");
    const [delivered, answered] = await Promise.all([send("delivered"), send("reply+webhook")]);
    const [told, ...more] = await until(
      "the webhook",
      () => Promise.resolve(endpoint.received),
      ({ length }) => length > 0,
    );
    assert.deepEqual(
      [told?.type, told?.message_id, told?.recipient_id, more],
      ["replied", answered, `${answered}.0`, []],
    );
    const expected = {
      class: "person",
      from: "reply+webhook@simulator.test",
      email: "reply+webhook@simulator.test",
      text: "Thank you, this is what the simulator has to say.",
      metadata: { order: "7" },
    };
    assert.deepEqual(pick(told?.data ?? {}, Object.keys(expected)), expected);
    assert.equal(endpoint.badSignatures(), 0);
    await until(
      "the other delivery",
      () => client.messages.get(delivered),
      ({ recipients }) => recipients[0]?.state === "delivered",
    );
    await client.webhooks.delete(id);
  });

  test("what is none of its words is refused, and a closed connection is tried again", async () => {
    const [unknown, dropped] = await Promise.all([send("ann"), send("drop")]);
    const refused = await until(
      "the refusal",
      () => client.messages.get(unknown),
      ({ recipients }) => recipients[0]?.state === "bounced",
    );
    assert.match(refused.recipients[0]?.last_reply ?? "", /No such simulation/);
    await until(
      "the second try",
      () => client.messages.get(dropped),
      ({ recipients }) => (recipients[0]?.attempts.length ?? 0) > 1,
    );
  });

  test("it takes no mail from anybody else", async () => {
    const line = waxwing.lines.find((text) => text.includes('"door":"simulator"')) ?? assert.fail();
    const { port } = JSON.parse(line) as { readonly port: number };
    for (const from of ["", "ann@example.test", `b+${"a".repeat(44)}@bounces.waxwing.test`]) {
      const reply = await sayMailFrom(port, from);
      assert.match(reply, /^550 5\.7\.1/, from);
    }
  });
});

const pick = (from: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, from[name]]));
