import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { classifyReply, RULE_SETS } from "./classify-reply.ts";
import { FAILURE_CLASS_NAMES } from "./failure-class.ts";

const REPLIES = readFileSync(new URL("real-replies.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [, expected = "", retry = "", reply = ""] = /^(\S+) (later|never) (.+)$/.exec(line) ?? [];
    const [, code = "0", enhanced = null] = /^([45]\d\d)(?:[ -]([45]\.\d+\.\d+))?/.exec(reply) ?? [];
    return { expected, retry, reply, code: Number(code), enhanced };
  });

suite("classifying replies", { timeout: 60_000 }, () => {
  test("real replies are about what people say they are about", () => {
    assert.ok(REPLIES.length >= 150, `${REPLIES.length} replies`);
    const wrong = REPLIES.flatMap(({ expected, retry, reply, code, enhanced }) => {
      const verdict = classifyReply({ code, enhanced, text: reply });
      if (verdict.class === expected && verdict.retry === retry) return [];
      return [`${expected} ${retry}, not ${verdict.class} ${verdict.retry} by ${verdict.rule}: ${reply}`];
    });
    assert.deepEqual(wrong, []);
  });

  test("every rule has a name of its own and a source, and every word it looks for can be met", () => {
    const rules = RULE_SETS.flatMap(({ name, source, rules }) =>
      rules.map((rule) => ({ ...rule, name: `${name}.${rule.name}`, source: rule.source ?? source })),
    );
    assert.ok(rules.length >= 250, `${rules.length} rules`);
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
    for (const { name, source, says } of rules) {
      assert.match(source, /^https?:\/\//, name);
      // Replies are compared in lower case.
      const words = typeof says === "string" ? says : (says?.source ?? "").replace(/\\[A-Z]/g, "");
      assert.equal(words, words.toLowerCase(), name);
      assert.ok(!(says instanceof RegExp) || says.flags === "", name);
    }
  });

  test("every code of the registry and of RFC 5321 has a verdict", () => {
    const details = { 0: 0, 1: 10, 2: 4, 3: 5, 4: 7, 5: 6, 6: 10, 7: 30 };
    for (const [subject, last] of Object.entries(details))
      for (let detail = 0; detail <= last; detail++) {
        const enhanced = `5.${subject}.${detail}`;
        assert.notEqual(classifyReply({ code: 550, enhanced, text: "" }).rule, "code.550", enhanced);
      }
    for (const code of [421, 450, 451, 452, 455, 500, 501, 502, 503, 504, 550, 551, 552, 553, 554, 555])
      assert.equal(classifyReply({ code, enhanced: null, text: "" }).rule, `code.${code}`);
  });

  test("codes that mean nothing to anybody are tried again or not by their first digit", () => {
    assert.equal(classifyReply({ code: 499, enhanced: null, text: "?" }).retry, "later");
    assert.equal(classifyReply({ code: 599, enhanced: null, text: "?" }).retry, "never");
    assert.equal(classifyReply({ code: null, enhanced: "5.9.9", text: "?" }).retry, "never");
    assert.equal(classifyReply({ code: null, enhanced: null, text: "" }).class, "unclassified");
  });

  test("421 is about the connection at least, whatever it was said about", () => {
    const told = { code: 421, enhanced: "4.2.2", text: "mailbox full" };
    assert.equal(classifyReply(told).scope, "connection");
    assert.equal(classifyReply({ ...told, code: 452 }).scope, "recipient");
    assert.equal(classifyReply({ code: 421, enhanced: null, text: "too many connections" }).scope, "site");
  });

  test("words in an address decide nothing", () => {
    const text = "<spam-blocked.user-unknown@virus.example>: refused";
    assert.equal(classifyReply({ code: 550, enhanced: "5.0.0", text }).class, "unclassified");
  });

  test("the lines of a reply are read as one", () => {
    const text = "The email account that you\r\ntried to reach  does not\nexist.";
    assert.equal(classifyReply({ code: 550, enhanced: "5.0.0", text }).rule, "gmail.no-such-user");
  });

  test("hostile replies of any length cost next to nothing", () => {
    const words = [
      "user ",
      "mailbox is ",
      "a@",
      "not ",
      " 5.1.1 550-",
      "exceed the ",
      "ip ",
      "no ",
      "\u0130 ",
      "@@@",
    ];
    const startedAtMs = performance.now();
    for (const word of words)
      classifyReply({ code: 550, enhanced: null, text: word.repeat(65_536 / word.length) });
    assert.ok(performance.now() - startedAtMs < 1_000);
  });

  test("every class is met in the replies or stands for what no server says", () => {
    const met = new Set(REPLIES.map(({ expected }) => expected));
    const silent = FAILURE_CLASS_NAMES.filter((name) => !met.has(name));
    assert.deepEqual(silent.toSorted(), [
      "connection-lost",
      "dns-failure",
      "expired-elsewhere",
      "local-error",
      "malformed-address",
      "no-answer",
    ]);
  });
});
