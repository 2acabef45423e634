import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture({ mailDoors: ["imaps", "imap", "pop3s", "submissions"] });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

const AUTOCONFIG = ["/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml"];
const ask = (url: string, host?: string) =>
  fixture.app.inject({ method: "GET", url, ...(host !== undefined && { headers: { host } }) });
const discover = (body: string, url = "/autodiscover/autodiscover.xml") =>
  fixture.app.inject({ method: "POST", url, headers: { "content-type": "text/xml" }, payload: body });
const request = (address: string) =>
  `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>${address}</EMailAddress></Request></Autodiscover>`;

test("autoconfig answers for addresses at verified domains, and for their autoconfig host", async () => {
  for (const url of AUTOCONFIG) {
    for (const answer of [
      await ask(`${url}?emailaddress=nobody%40${tenant.domain}`),
      await ask(url, `autoconfig.${tenant.domain}`),
      await ask(url, `${tenant.domain}:8080`),
    ]) {
      assert.equal(answer.statusCode, 200, answer.body);
      assert.match(String(answer.headers["content-type"]), /^text\/xml/);
      assert.match(answer.body, new RegExp(`<domain>${tenant.domain}</domain>`));
      assert.match(
        answer.body,
        /<incomingServer type="imap">\s*<hostname>mail.waxwing.test<\/hostname>\s*<port>993</,
      );
      assert.match(answer.body, /<outgoingServer type="smtp">\s*<hostname>[^<]*<\/hostname>\s*<port>465</);
      // Doors that are closed are not named.
      assert.doesNotMatch(answer.body, /<port>(110|587)</);
    }
    const unverified = await fixture.addTenant({ verified: false });
    for (const address of ["x@example.test", `x@${unverified.domain}`, "x", "", "<x>@y.test", "%00@x.test"]) {
      const answer = await ask(`${url}?emailaddress=${encodeURIComponent(address)}`);
      assert.equal(answer.statusCode, 404, address);
    }
  }
});

test("autodiscover tells Outlook one server of each kind", async () => {
  for (const url of ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"]) {
    const { body, statusCode } = await discover(request(`ann@${tenant.domain}`), url);
    assert.equal(statusCode, 200);
    assert.match(body, new RegExp(`<LoginName>ann@${tenant.domain}</LoginName>`));
    assert.deepEqual(body.match(/<Port>\d+</g), ["<Port>993<", "<Port>995<", "<Port>465<"]);
  }
  for (const hostile of [
    request("ann@elsewhere.test"),
    request(`"&quot;<b>"@${tenant.domain}`),
    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${request("&e;")}`,
    "",
    "<EMailAddress>".repeat(1_000),
  ]) {
    const { body, statusCode } = await discover(hostile);
    assert.equal(statusCode, 200);
    assert.match(body, /<ErrorCode>500</);
  }
  assert.equal((await discover("x".repeat(20_000))).statusCode, 413);
});

test("a domain lists the SRV records of the doors that are open", async () => {
  const name = `srv.${tenant.domain}`;
  const { headers } = tenant;
  const made = await fixture.app.inject({ method: "POST", url: "/domains", headers, payload: { name } });
  const records = made
    .json()
    .mail_client_records.map(
      ({ type, name: at, expected }: { type: string; name: string; expected: string }) =>
        `${type} ${at} ${expected}`,
    );
  assert.deepEqual(records, [
    `SRV _imaps._tcp.${name} 0 1 993 mail.waxwing.test`,
    `SRV _imap._tcp.${name} 10 1 143 mail.waxwing.test`,
    `SRV _pop3s._tcp.${name} 20 1 995 mail.waxwing.test`,
    `SRV _submissions._tcp.${name} 30 1 465 mail.waxwing.test`,
  ]);
});
