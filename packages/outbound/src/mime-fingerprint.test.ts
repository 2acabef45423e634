import assert from "node:assert/strict";
import { test } from "node:test";
import { mimeFingerprint } from "./mime-fingerprint.ts";

const nested = (outer: string, inner: string, id: string, body = "Hi") =>
  `From: a@b.test
Message-ID: <${id}@b.test>
Date: ${id}
Idempotency-Key: k
Content-Type: multipart/mixed;
 boundary="${outer}"

--${outer}
Content-Type: multipart/alternative; boundary=${inner}

--${inner}
Content-Type: text/plain

${body}
--${inner}--
--${outer}--
`.replaceAll("\n", "\r\n");

const of = (raw: string, recipients: readonly string[] = ["a@b.test", "c@d.test"]): string =>
  mimeFingerprint(Buffer.from(raw, "latin1"), recipients).toString("hex");

test("what libraries write anew makes no difference, what the application wrote does", () => {
  const first = of(nested("o1", "i1", "1"));
  assert.equal(of(nested("other-o2", "i2", "2")), first);
  assert.equal(of(nested("o1", "i1", "1"), ["c@d.test", "a@b.test"]), first);
  assert.notEqual(of(nested("o1", "i1", "1", "Ho")), first);
  assert.notEqual(of(nested("o1", "i1", "1"), ["a@b.test"]), first);
  assert.notEqual(of(nested("o1", "i1", "1").replace("From: a@", "From: b@")), first);
  assert.notEqual(of(nested("o1", "i1", "1").replace("text/plain", "text/html")), first);
});

test("any bytes have a fingerprint, in time that grows with them", () => {
  for (const raw of ["", "\r\n", "a", "A: b", "A: b\r\n\r\n--", "A: b\r\n\r\n--x\r\n", "--\r\n\r\n"]) of(raw);
  const size = 30_000_000;
  for (const piece of ["--\r\n", "\r\n", "boundary=", 'boundary="', "--x\r\nboundary \r\n\r\n"]) {
    const raw = Buffer.from(`Content-Type: x\r\n\r\n${piece.repeat(size / piece.length)}`);
    const startedAtMs = performance.now();
    mimeFingerprint(raw, []);
    assert.ok(performance.now() - startedAtMs < 2_000, piece);
  }
});
