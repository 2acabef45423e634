import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { type AddressInfo, createServer } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { startDnsServer } from "@waxwing/testkit";
import {
  type Answer,
  AUTHENTIC_DATA,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  streamEncode,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import { createSecureResolver } from "./secure-dns.ts";

/** A resolver that says what a test wants, over UDP, and over TCP at the same port. */
async function openResolver(
  t: TestContext,
  answer: (query: DecodedPacket, say: (octets: Buffer) => void, over: "udp" | "tcp") => void,
) {
  const tcp = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => answer(decode(chunk.subarray(2)), (octets) => socket.write(octets), "tcp"));
  });
  await new Promise<void>((ready) => tcp.listen(0, "127.0.0.1", ready));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (query, from: RemoteInfo) =>
    answer(decode(query), (octets) => udp.send(octets, from.port, from.address), "udp"),
  );
  await new Promise<void>((ready) => udp.bind(port, "127.0.0.1", ready));
  t.after(() => {
    udp.close();
    tcp.close();
  });
  return createSecureResolver({ host: "127.0.0.1", port }, { timeoutMs: 200 });
}

const a = (name: string, data: string): Answer => ({ type: "A", name, ttl: 300, data });
const reply = (
  { id = 0, questions = [] }: DecodedPacket,
  answers: readonly Answer[],
  flags = 0,
): Packet & { readonly id: number } => ({ type: "response", id, flags, questions, answers: [...answers] });

suite("asking a resolver that checks DNSSEC", { timeout: 60_000 }, () => {
  test("the question asks for DNSSEC, and AD says whether the answer is proved", async (t) => {
    const asked: DecodedPacket[] = [];
    const resolve = await openResolver(t, (query, say) => {
      asked.push(query);
      const flags = asked.length === 1 ? AUTHENTIC_DATA : 0;
      say(encode(reply(query, [a("MX.example", "192.0.2.1")], flags)));
    });
    const first = await resolve("mx.example", "A");
    const second = await resolve("mx.example", "A");
    assert.deepEqual(first, {
      kind: "found",
      secure: true,
      hosts: ["192.0.2.1"],
      tlsa: [],
      owner: "mx.example",
      ttlMs: 300_000,
    });
    assert.equal(second.kind === "found" && second.secure, false);
    const [option] = asked[0]?.additionals ?? [];
    assert.equal(option?.type === "OPT" && option.flag_do, true);
    assert.notEqual(asked[0]?.id, asked[1]?.id);
  });

  test("aliases are followed to where the records stand, and what stands elsewhere is left", async (t) => {
    const resolve = await openResolver(t, (query, say) => {
      const alias = { type: "CNAME", name: "mx.example", ttl: 60, data: "Real.example" } as const;
      const answers = [alias, a("real.example", "192.0.2.1"), a("other.example", "192.0.2.2")];
      say(encode(reply(query, answers, AUTHENTIC_DATA)));
    });
    const found = await resolve("mx.example", "A");
    assert.deepEqual(found.kind === "found" && [found.owner, found.hosts, found.ttlMs], [
      "real.example",
      ["192.0.2.1"],
      60_000,
    ]);
  });

  test("what does not answer the question does not count", async (t) => {
    const resolve = await openResolver(t, (query, say) => {
      const forged = [a("mx.example", "203.0.113.66")];
      say(Buffer.from("nonsense"));
      say(encode({ ...reply(query, forged, AUTHENTIC_DATA), id: (query.id ?? 0) ^ 1 }));
      say(
        encode({
          ...reply(query, forged, AUTHENTIC_DATA),
          questions: [{ type: "A", name: "other.example", class: "IN" }],
        }),
      );
      say(encode({ ...reply(query, forged, AUTHENTIC_DATA), type: "query" }));
      say(encode(reply(query, [a("mx.example", "192.0.2.1")])));
    });
    const found = await resolve("mx.example", "A");
    assert.deepEqual(found.kind === "found" && [found.hosts, found.secure], [["192.0.2.1"], false]);
  });

  test("an answer that was cut, wherever, is asked for over TCP", async (t) => {
    const resolve = await openResolver(t, (query, say, over) => {
      const whole = reply(query, [a("mx.example", "192.0.2.1")], AUTHENTIC_DATA);
      if (over === "tcp") say(streamEncode(whole));
      else say(encode({ ...whole, flags: TRUNCATED_RESPONSE }).subarray(0, -3));
    });
    const found = await resolve("mx.example", "A");
    assert.equal(found.kind === "found" && found.secure, true);
  });

  test("silence and failure are told from absence", async (t) => {
    const silent = await openResolver(t, () => undefined);
    assert.equal((await silent("mx.example", "TLSA")).kind, "failed");
    await using dns = await startDnsServer(
      { "signed.example": { A: ["192.0.2.1"] }, "bogus.example": { error: "ESERVFAIL" } },
      { isSecure: () => true },
    );
    const [host = "", port] = dns.address.split(":");
    const resolve = createSecureResolver({ host, port: Number(port) });
    assert.deepEqual(await resolve("signed.example", "TLSA"), { kind: "none", secure: true, ttlMs: 60_000 });
    assert.deepEqual(await resolve("gone.example", "A"), { kind: "none", secure: true, ttlMs: 60_000 });
    const bogus = await resolve("bogus.example", "A");
    assert.match(bogus.kind === "failed" ? bogus.reason : "", /SERVFAIL/);
    for (const name of [`${"a".repeat(300)}.example`, `${"a.".repeat(200)}example`, "a..example"])
      assert.deepEqual(await resolve(name, "A"), { kind: "none", secure: false, ttlMs: 60_000 });
  });
});
