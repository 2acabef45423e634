import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { providerOfDomain, providerOfSite } from "./mailbox-providers.ts";

suite("mailbox providers", () => {
  for (const [domain, provider] of [
    ["gmail.com", "Gmail"],
    ["yahoo.co.uk", "Yahoo"],
    ["yahoo.co.jp", "Yahoo Japan"],
    ["hotmail.fr", "Microsoft"],
    ["live.com", "Microsoft"],
    ["live.example.com", null],
    ["yahoo.example", null],
    ["mail.gmail.com", null],
    ["com", null],
    ["", null],
    ["constructor", null],
  ] as const) {
    test(`${domain}: ${provider}`, () => assert.equal(providerOfDomain(domain), provider));
  }

  for (const [site, provider] of [
    ["mx:(alt1,alt2)?.gmail-smtp-in.l.google.com", "Gmail"],
    ["mx:(alt1,aspmx2)?.(aspmx,l).(google,googlemail).com", "Gmail"],
    ["mx:example-test.mail.protection.outlook.com", "Microsoft"],
    ["mx:(mta5,mta6).am0.yahoodns.net", "Yahoo"],
    ["mx:(mx01,mx02).mail.icloud.com", "Apple"],
    ["mx:google.com.example.test", null],
    ["mx:com", null],
    ["route:google.com", null],
    ["google.com", null],
  ] as const) {
    test(`${site}: ${provider}`, () => assert.equal(providerOfSite(site), provider));
  }
});
