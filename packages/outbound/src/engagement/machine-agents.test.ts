import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isMachine } from "./machine-agents.ts";

const GMAIL_AHEAD =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";
const cases: readonly (readonly [name: string, userAgent: string | null, machine: boolean])[] = [
  ["Apple Mail Privacy Protection", "Mozilla/5.0", true],
  ["Gmail, loading ahead", GMAIL_AHEAD, true],
  [
    "a person in Gmail",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    false,
  ],
  [
    "a person in Yahoo Mail",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    false,
  ],
  ["Barracuda", "Barracuda Sentinel (EE)", true],
  ["curl", "curl/8.5.0", true],
  ["a crawler", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", true],
  ["one that says nothing", null, true],
  ["Thunderbird", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0", false],
  ["Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", false],
  [
    "Outlook",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Microsoft Outlook 16.0.5000)",
    false,
  ],
];

suite("who opens mail", { timeout: 60_000 }, () => {
  for (const [name, userAgent, machine] of cases) {
    test(`${name} is ${machine ? "a" : "no"} machine`, () => assert.equal(isMachine(userAgent), machine));
  }
});
