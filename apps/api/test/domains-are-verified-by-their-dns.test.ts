import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runDomainChecks } from "@waxwing/outbound";
import { createDnsZone, createFakeClock, type ZoneRecords } from "@waxwing/testkit";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;
const clock = createFakeClock(Date.now());
const host = "mail.waxwing.test";
const published: Record<string, ZoneRecords | { readonly error: string }> = {
  [host]: { A: ["192.0.2.25"], AAAA: [] },
};
const resolver = (name: string, rrtype?: string) => createDnsZone(published)(name, rrtype);

before(async () => {
  fixture = await openApiFixture({ clock, resolver });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

async function call(method: "GET" | "POST" | "DELETE", url: string, payload?: object, who = tenant) {
  const answer = await fixture.app.inject({
    method,
    url,
    headers: who.headers,
    ...(payload !== undefined && { payload }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
}

async function add(name: string, who = tenant) {
  const { status, body } = await call("POST", "/domains", { name }, who);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

function publish(domain: { records: { type: string; name: string; expected: string }[] }): void {
  for (const { type, name, expected } of domain.records) {
    const [priority, exchange = ""] = expected.split(" ");
    const record =
      type === "MX"
        ? { MX: [{ priority: Number(priority), exchange }] }
        : { TXT: [expected.match(/.{1,255}/g) ?? []] };
    published[name] = { ...published[name], ...record };
  }
}

const verdicts = (domain: { records: { record: string; verdict: string }[] }) =>
  Object.fromEntries(domain.records.map(({ record, verdict }) => [record, verdict]));
const sendFrom = (name: string) =>
  call("POST", "/send", { from: `a@${name}`, to: "b@example.test", subject: "s", text: "t" });

test("a domain sends once its records are found, and every one has a verdict", async () => {
  const made = await add("Shop-One.example");
  assert.equal(made.name, "shop-one.example");
  assert.equal(made.verified, false);
  assert.equal(verdicts(made).dkim, "unchecked");

  const before = (await call("POST", `/domains/${made.id}/verify`)).body;
  assert.deepEqual(new Set(Object.values(verdicts(before))), new Set(["missing"]));
  const refused = await sendFrom(made.name);
  assert.equal(refused.status, 403);
  assert.match(refused.body.detail, /Add a TXT record at wax1\._domainkey\.shop-one\.example/);

  publish(made);
  const verified = (await call("POST", `/domains/${made.id}/verify`)).body;
  assert.deepEqual(verdicts(verified), {
    dkim: "ok",
    "return-path-mx": "ok",
    "return-path-spf": "ok",
    dmarc: "ok",
    "inbound-mx": "ok",
  });
  assert.equal(verified.verified, true);
  await clock.advance(5_000);
  assert.equal((await sendFrom(made.name)).status, 202);
  const { entries } = (await call("GET", "/audit-log")).body;
  assert.deepEqual(
    entries
      .filter((entry: { target: string }) => entry.target === made.id)
      .map((entry: { action: string }) => entry.action),
    ["domain.verified", "domain.created"],
  );
});

test("what is wrong is told from what is missing and from what is not known", async () => {
  const made = await add("shop-two.example");
  const [dkim] = made.records;
  const spf = made.return_path_host;
  published[dkim.name] = { TXT: [["v=DKIM1; k=rsa; p=AAAA"]] };
  published[`_dmarc.${made.name}`] = { TXT: [["v=DMARC1; rua=mailto:x@y.test"]] };
  published[made.name] = { error: "ESERVFAIL" };
  published[spf] = {
    MX: [
      { priority: 10, exchange: host },
      { priority: 20, exchange: "other.example" },
    ],
    TXT: [
      [
        `v=spf1 ${Array.from({ length: 11 }, (_, index) => `include:i${index}.example`).join(" ")} a:${host} -all`,
      ],
    ],
  };
  const checked = (await call("POST", `/domains/${made.id}/verify`)).body;
  assert.deepEqual(verdicts(checked), {
    dkim: "mismatch",
    "return-path-mx": "mismatch",
    "return-path-spf": "mismatch",
    dmarc: "mismatch",
    "inbound-mx": "error",
  });
  assert.equal(checked.verified, false);
  const spfRecord = checked.records.find(({ record }: { record: string }) => record === "return-path-spf");
  assert.match(spfRecord.advice, /more than 10 look-ups/);
});

test("SPF may let us in by address, by include, or by the name", async () => {
  const made = await add("shop-three.example");
  const spf = made.return_path_host;
  const verdictOf = async (text: string) => {
    published[spf] = { TXT: [[text]] };
    return verdicts((await call("POST", `/domains/${made.id}/verify`)).body)["return-path-spf"];
  };
  published["_spf.example"] = { TXT: [["v=spf1 ip4:192.0.2.0/24 ?all"]] };
  published["self.example"] = { TXT: [["v=spf1 include:self.example -all"]] };
  assert.equal(await verdictOf("v=spf1 ip4:192.0.2.25 -all"), "ok");
  assert.equal(await verdictOf("v=spf1 include:_spf.example -all"), "ok");
  assert.equal(await verdictOf("v=spf1 redirect=_spf.example"), "ok");
  assert.equal(await verdictOf(`v=spf1 A:${host} ~all`), "ok");
  assert.equal(await verdictOf(`v=spf1 -a:${host} ~all`), "mismatch");
  assert.equal(await verdictOf("v=spf1 ip4:198.51.100.0/24 -all"), "mismatch");
  assert.equal(await verdictOf("v=spf1 include:self.example -all"), "mismatch");
  assert.equal(await verdictOf("v=spf2.0 all"), "missing");
});

test("a rotated key signs once it is seen; the old one retires a week later", async () => {
  const made = await add("shop-four.example");
  publish(made);
  await call("POST", `/domains/${made.id}/verify`);
  const rotated = (await call("POST", `/domains/${made.id}/rotate-dkim`, {})).body;
  const states = (domain: { dkim_keys: { selector: string; state: string }[] }) =>
    domain.dkim_keys.map(({ selector, state }) => `${selector} ${state}`);
  assert.deepEqual(states(rotated), ["wax1 signing", "wax2 waiting"]);
  assert.equal((await call("POST", `/domains/${made.id}/rotate-dkim`, {})).status, 409);
  const withEd = await call("POST", `/domains/${made.id}/rotate-dkim`, { algorithm: "ed25519-sha256" });
  assert.deepEqual(states(withEd.body), ["wax1 signing", "wax2 waiting", "wax3 waiting"]);
  publish(withEd.body);
  const seen = (await call("POST", `/domains/${made.id}/verify`)).body;
  assert.deepEqual(states(seen), ["wax1 retiring", "wax2 signing", "wax3 signing"]);
  await clock.advance(7 * 86_400_000);
  const later = (await call("POST", `/domains/${made.id}/verify`)).body;
  assert.deepEqual(states(later), ["wax2 signing", "wax3 signing"]);
});

test("a name that is in use, as a return-path host too, is refused", async () => {
  await add("shop-five.example");
  const other = await fixture.addTenant();
  const elsewhere = await add("bounces.shop-six.example", other);
  publish(elsewhere);
  assert.equal((await call("POST", `/domains/${elsewhere.id}/verify`, undefined, other)).body.verified, true);
  for (const name of ["shop-five.example", "bounces.shop-five.example", "shop-six.example"]) {
    const refused = await call("POST", "/domains", { name });
    assert.equal(refused.status, 409, name);
    assert.equal(refused.body.detail.startsWith("this project"), name.includes("five"), refused.body.detail);
  }
  for (const name of ["", "com", "a b.example", "127.0.0.1", "-a.example", "x".repeat(300)]) {
    assert.equal((await call("POST", "/domains", { name })).status, 400, name);
  }
});

test("a name that was only entered keeps nobody out: the first to prove it has it", async () => {
  const name = "shop-nine.example";
  const squatter = await fixture.addTenant();
  const entered = await add(name, squatter);
  const verifyFor = async (id: string, who: Tenant) =>
    await call("POST", `/domains/${id}/verify`, undefined, who);
  const mailboxAt = (who: Tenant) => call("POST", "/mailboxes", { address: `inbox@${name}` }, who);
  assert.equal((await mailboxAt(squatter)).status, 400);

  const made = await add(name);
  publish(made);
  assert.equal((await verifyFor(entered.id, squatter)).body.verified, false);
  assert.equal((await verifyFor(made.id, tenant)).body.verified, true);
  await clock.advance(5_000);
  assert.equal((await sendFrom(name)).status, 202);
  assert.equal(
    (
      await call(
        "POST",
        "/send",
        { from: `a@${name}`, to: "b@example.test", subject: "s", text: "t" },
        squatter,
      )
    ).status,
    403,
  );
  assert.equal((await mailboxAt(tenant)).status, 201);

  // Who controls the DNS may be two projects; the second one learns whom it has to ask.
  publish(entered);
  const late = await verifyFor(entered.id, squatter);
  assert.equal(late.status, 409);
  assert.match(late.body.detail, /^another project of this platform has verified shop-nine\.example/);
  assert.equal((await call("GET", `/domains/${entered.id}`, undefined, squatter)).body.verified, false);
  assert.equal((await call("DELETE", `/domains/${made.id}`)).status, 204);
  assert.equal((await verifyFor(entered.id, squatter)).body.verified, true);
});

test("of two projects that prove a name at once, one has it", async () => {
  const name = "shop-ten.example";
  const other = await fixture.addTenant();
  const one = await add(name);
  const two = await add(name, other);
  // Its second key, at a selector that the first project does not use.
  publish((await call("POST", `/domains/${two.id}/rotate-dkim`, {}, other)).body);
  publish(one);
  const answers = await Promise.all([
    call("POST", `/domains/${one.id}/verify`),
    call("POST", `/domains/${two.id}/verify`, undefined, other),
  ]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
});

test("a deleted domain sends no more, and its name is free", async () => {
  const made = await add("shop-seven.example");
  assert.equal((await call("DELETE", `/domains/${made.id}`)).status, 204);
  assert.equal((await call("GET", `/domains/${made.id}`)).status, 404);
  assert.equal((await call("POST", "/domains", { name: made.name }, await fixture.addTenant())).status, 201);
});

test("the daily look verifies, and reports a record that vanished without taking the domain away", async () => {
  const made = await add("shop-eight.example");
  publish(made);
  const stop = new AbortController();
  const rounds = runDomainChecks({ ...fixture.dependencies, signal: stop.signal });
  const state = async () => (await call("GET", `/domains/${made.id}`)).body;
  while (!(await state()).verified);
  delete published["wax1._domainkey.shop-eight.example"];
  const isReported = () =>
    fixture.logged.some((line) => line.includes("domain.record-lost") && line.includes(made.name));
  while (!isReported()) {
    await clock.whenSleeping();
    await clock.advance(3_600_000);
  }
  assert.equal(verdicts(await state()).dkim, "missing");
  assert.equal((await state()).verified, true);
  stop.abort();
  await rounds;
});
