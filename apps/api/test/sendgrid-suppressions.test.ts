import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { suppress } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { listenForSendgrid, type SendgridCaller } from "./sendgrid-caller.ts";

suite("SendGrid's suppressions, through its own client", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let clientOf: (key: string) => SendgridCaller;
  before(async () => {
    fixture = await openApiFixture();
    clientOf = await listenForSendgrid(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const open = async (
    scopes: readonly string[] = ["*"],
  ): Promise<{ tenant: Tenant; call: SendgridCaller }> => {
    const tenant = await fixture.addTenant({ scopes });
    return { tenant, call: clientOf(tenant.key) };
  };
  const putOnRecord = async (
    { projectId }: Tenant,
    address: string,
    reason: "bounced" | "blocked" | "complained" | "invalid" | "unsubscribed",
    about: { readonly detail?: string; readonly status?: string; readonly createdAt?: string } = {},
  ): Promise<void> => {
    const { detail = null, status = null, createdAt } = about;
    await suppress(fixture.db, { projectId, address, reason, detail, status, messageId: null });
    if (createdAt !== undefined)
      await fixture.db.pool.query(
        "UPDATE suppressions SET created_at = $3 WHERE project_id = $1 AND address = $2",
        [projectId, address, createdAt],
      );
  };

  test("each list has its rows, and no other's", async () => {
    const { tenant, call } = await open();
    const created = 1_700_000_000;
    const createdAt = new Date(created * 1_000).toISOString();
    const about = { detail: "550 5.1.1 no such user", status: "5.1.1", createdAt };
    await putOnRecord(tenant, "bounce@a.test", "bounced", about);
    await putOnRecord(tenant, "block@a.test", "blocked", {
      detail: "550 5.7.1 listed",
      status: "5.7.1",
      createdAt,
    });
    await putOnRecord(tenant, "spam@a.test", "complained", { createdAt });
    await putOnRecord(tenant, "wrong@a.test", "invalid", { detail: "null MX", createdAt });
    await putOnRecord(tenant, "gone@a.test", "unsubscribed", { createdAt });
    const expected = {
      bounces: { created, email: "bounce@a.test", reason: "550 5.1.1 no such user", status: "5.1.1" },
      blocks: { created, email: "block@a.test", reason: "550 5.7.1 listed", status: "5.7.1" },
      spam_reports: { created, email: "spam@a.test", ip: "" },
      invalid_emails: { created, email: "wrong@a.test", reason: "null MX" },
      unsubscribes: { created, email: "gone@a.test" },
    };
    for (const [list, row] of Object.entries(expected)) {
      assert.deepEqual((await call("GET", `/suppression/${list}`)).body, [row]);
      const one = `/suppression/${list}/${encodeURIComponent(row.email.toUpperCase())}`;
      assert.deepEqual((await call("GET", one)).body, [row]);
      assert.deepEqual((await call("GET", `/suppression/${list}/nobody%40a.test`)).body, []);
      const foreign = (await open()).call;
      assert.deepEqual((await foreign("GET", one)).body, []);
      assert.equal((await foreign("DELETE", one)).status, 404);
      assert.equal((await call("DELETE", one)).status, 204);
      assert.equal((await call("DELETE", one)).status, 404);
      assert.deepEqual((await call("GET", `/suppression/${list}`)).body, []);
    }
  });

  test("a list is narrowed by time and address, and paged by links", async () => {
    const { tenant, call } = await open();
    for (let n = 0; n < 5; n++) {
      const createdAt = new Date((1_700_000_000 + n * 100) * 1_000).toISOString();
      await putOnRecord(tenant, `user_${n}@${n < 2 ? "a" : "b"}.test`, "bounced", { createdAt });
    }
    const emails = async (query: string): Promise<string[]> =>
      ((await call("GET", `/suppression/bounces${query}`)).body as { email: string }[]).map(
        ({ email }) => email,
      );
    assert.deepEqual(await emails("?start_time=1700000100&end_time=1700000200"), [
      "user_2@b.test",
      "user_1@a.test",
    ]);
    assert.deepEqual(await emails("?email=user_1"), ["user_1@a.test"]);
    assert.deepEqual(await emails(`?email=${encodeURIComponent("%@A.")}`), [
      "user_1@a.test",
      "user_0@a.test",
    ]);
    assert.deepEqual(await emails("?email=userx1"), [], "an underscore is an underscore");

    const page = await call("GET", "/suppression/bounces?limit=2&offset=2&email=user");
    assert.equal((page.body as unknown[]).length, 2);
    const links = [...(page.headers.link ?? "").matchAll(/<([^>]+)>; rel="(\w+)"; title="(\d+)"/g)];
    assert.deepEqual(
      links.map(([, url = "", rel, title]) => [rel, new URL(url).searchParams.get("offset"), title]),
      [
        ["next", "4", "3"],
        ["prev", "0", "1"],
        ["last", "4", "3"],
        ["first", "0", "1"],
      ],
    );
    for (const query of ["?limit=501", "?limit=x", "?offset=-1", "?start_time=999999999999999"]) {
      const refused = await call("GET", `/suppression/bounces${query}`);
      assert.equal(refused.status, 400, query);
      assert.equal(typeof (refused.body as { errors: { message: string }[] }).errors[0]?.message, "string");
    }
  });

  test("a list is emptied of some or of all", async () => {
    const { tenant, call } = await open();
    for (const name of ["a", "b", "c"]) await putOnRecord(tenant, `${name}@a.test`, "bounced");
    await putOnRecord(tenant, "a@a.test", "blocked");
    for (const body of [
      {},
      { delete_all: true, emails: ["a@a.test"] },
      { delete_all: false },
      { emails: "a" },
    ])
      assert.equal((await call("DELETE", "/suppression/bounces", body)).status, 400);
    const some = { emails: ["A@a.test", "b@a.test", "no address"] };
    assert.equal((await call("DELETE", "/suppression/bounces", some)).status, 204);
    assert.equal(((await call("GET", "/suppression/bounces")).body as unknown[]).length, 1);
    assert.equal((await call("DELETE", "/suppression/bounces", { delete_all: true })).status, 204);
    assert.deepEqual((await call("GET", "/suppression/bounces")).body, []);
    assert.equal(((await call("GET", "/suppression/blocks")).body as unknown[]).length, 1);
  });

  test("bounces are counted by what they were about, and by domain", async () => {
    const { tenant, call } = await open();
    const createdAt = "2026-01-02T23:59:59Z";
    await putOnRecord(tenant, "a@one.test", "bounced", { status: "5.1.1", createdAt });
    await putOnRecord(tenant, "b@one.test", "invalid", { status: "5.1.10", createdAt });
    await putOnRecord(tenant, "c@two.test", "blocked", { status: "5.2.2", createdAt });
    await putOnRecord(tenant, "d@two.test", "blocked", { createdAt: "2026-01-03T00:00:00Z" });
    const url = "/suppression/bounces/classifications";
    const days = "?start_date=2026-01-01&end_date=2026-01-03";
    assert.deepEqual((await call("GET", url + days)).body, {
      result: [
        {
          date: "2026-01-02",
          stats: [
            { classification: "Invalid Address", count: 2 },
            { classification: "Mailbox Unavailable", count: 1 },
          ],
        },
        { date: "2026-01-03", stats: [{ classification: "Unclassified", count: 1 }] },
      ],
    });
    assert.deepEqual((await call("GET", `${url}/Invalid%20Address${days}`)).body, {
      result: [{ date: "2026-01-02", stats: [{ domain: "one.test", count: 2 }] }],
    });
    assert.deepEqual((await call("GET", url)).body, { result: [] });
    assert.equal((await call("GET", `${url}?start_date=yesterday`)).status, 400);
    assert.equal((await call("GET", `${url}/Nothing`)).status, 404);
  });

  test("groups are made, changed, left and deleted", async () => {
    const { call } = await open();
    const made = await call("POST", "/asm/groups", { name: "News", description: "Monthly" });
    assert.equal(made.status, 201);
    const { id, ...rest } = made.body as { id: number };
    assert.deepEqual(rest, { name: "News", description: "Monthly", is_default: false });
    assert.equal((await call("POST", "/asm/groups", { name: "News", description: "Monthly" })).status, 400);
    assert.equal((await call("POST", "/asm/groups", { name: "Offers" })).status, 400);
    const url = `/asm/groups/${id}`;
    const whole = {
      id,
      name: "News",
      description: "Yearly",
      is_default: false,
      last_email_sent_at: null,
      unsubscribes: 0,
    };
    const changed = await call("PATCH", url, { description: "Yearly" });
    assert.equal(changed.status, 201);
    assert.deepEqual(changed.body, whole);
    await call("POST", "/asm/groups", { name: "Offers", description: "Weekly" });
    assert.equal(((await call("GET", "/asm/groups")).body as unknown[]).length, 2);
    assert.deepEqual((await call("GET", `/asm/groups?id=${id}&id=999999`)).body, [whole]);

    const emails = { recipient_emails: ["Ann@a.test", "bob@a.test", "ann@a.test"] };
    const left = await call("POST", `${url}/suppressions`, emails);
    assert.equal(left.status, 201);
    assert.deepEqual(left.body, { recipient_emails: ["ann@a.test", "bob@a.test"] });
    assert.equal(
      (await call("POST", `${url}/suppressions`, emails)).status,
      201,
      "once more changes nothing",
    );
    assert.deepEqual((await call("GET", `${url}/suppressions`)).body, ["ann@a.test", "bob@a.test"]);
    const asked = { recipient_emails: ["ANN@a.test", "eve@a.test"] };
    assert.deepEqual((await call("POST", `${url}/suppressions/search`, asked)).body, ["ann@a.test"]);
    assert.equal(((await call("GET", url)).body as { unsubscribes: number }).unsubscribes, 2);
    const wrong = await call("POST", `${url}/suppressions`, { recipient_emails: ["ann@a.test", "nobody"] });
    assert.equal(wrong.status, 400);
    assert.equal((wrong.body as { errors: { field: string }[] }).errors[0]?.field, "recipient_emails.1");

    const all = (await call("GET", "/asm/suppressions")).body as Record<string, unknown>[];
    assert.deepEqual(
      all.map(({ created_at, ...row }) => ({ ...row, timed: Number.isInteger(created_at) })),
      ["ann", "bob"].map((name) => ({
        email: `${name}@a.test`,
        group_id: id,
        group_name: "News",
        timed: true,
      })),
    );
    const ofAnn = (await call("GET", "/asm/suppressions/ann%40a.test")).body as {
      suppressions: { suppressed: boolean }[];
    };
    assert.deepEqual(
      ofAnn.suppressions.map(({ suppressed }) => suppressed),
      [true, false],
    );
    assert.equal((await call("DELETE", `${url}/suppressions/ann%40a.test`)).status, 204);
    assert.deepEqual((await call("GET", `${url}/suppressions`)).body, ["bob@a.test"]);

    const foreign = (await open()).call;
    assert.equal((await foreign("GET", url)).status, 404);
    assert.equal((await foreign("PATCH", url, { name: "Mine" })).status, 404);
    assert.equal((await foreign("POST", `${url}/suppressions`, emails)).status, 404);
    assert.equal((await foreign("DELETE", url)).status, 404);
    assert.equal((await call("DELETE", url)).status, 204);
    assert.equal((await call("GET", url)).status, 404);
    assert.deepEqual((await call("GET", "/asm/suppressions")).body, []);
  });

  test("all mail is left and taken up again", async () => {
    const { call } = await open();
    const url = "/asm/suppressions/global";
    const left = await call("POST", url, { recipient_emails: ["Ann@a.test"] });
    assert.equal(left.status, 201);
    assert.deepEqual(left.body, { recipient_emails: ["ann@a.test"] });
    assert.deepEqual((await call("GET", `${url}/ann%40a.test`)).body, { recipient_email: "ann@a.test" });
    assert.deepEqual((await call("GET", `${url}/bob%40a.test`)).body, {});
    assert.equal(((await call("GET", "/suppression/unsubscribes")).body as unknown[]).length, 1);
    assert.equal((await call("DELETE", `${url}/ann%40a.test`)).status, 204);
    assert.deepEqual((await call("GET", `${url}/ann%40a.test`)).body, {});
  });

  test("a key of SendGrid's scopes may do what they name", async () => {
    const { call } = await open(["suppression.bounces.read", "asm.groups.create"]);
    assert.equal((await call("GET", "/suppression/bounces")).status, 200);
    const refused = await call("GET", "/suppression/blocks");
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.body, { errors: [{ message: "access forbidden", field: null, help: null }] });
    assert.equal((await call("DELETE", "/suppression/bounces", { delete_all: true })).status, 403);
    assert.equal((await call("POST", "/asm/groups", { name: "News", description: "x" })).status, 201);
    assert.equal((await call("GET", "/asm/groups")).status, 403);
  });
});
