import { X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { checkTlsPair, readTlsPair, type TlsPair, type TlsPairCheck } from "./config/tls-pair.ts";
import type { Logger } from "./logger.ts";
import { readFileIfThere, replacePrivateFile } from "./private-file.ts";

/** Where the certificate comes from: the operator's files, or a self-signed one kept in a directory of ours. */
export type TlsSource =
  | { readonly kind: "files"; readonly certPath: string; readonly keyPath: string }
  | { readonly kind: "self-signed"; readonly dir: string; readonly hostname: string };

/** The certificate in use. Servers ask for it at each new secure context, or are told when it was replaced. */
export type TlsMaterial = AsyncDisposable & {
  readonly current: () => TlsPair;
  /** Calls the listener after each replacement, with the new pair. @returns a function that ends this */
  readonly onReplaced: (listener: (pair: TlsPair) => void) => () => void;
  /** Looks at the source now, as happens by itself every `pollMs`. `kept`: what is there now is unusable. */
  readonly refresh: () => Promise<"unchanged" | "replaced" | "kept">;
};

/** The certificate cannot be loaded at start. */
export class TlsMaterialError extends Error {
  override readonly name = "TlsMaterialError";
}

const dayMs = 86_400_000;
// The longest that Apple's clients accept; they do so even for certificates that were added by hand.
const selfSignedDays = 825;
const renewBeforeMs = 7 * dayMs;

/**
 * Loads the certificate and keeps it fresh. The files are read again every `pollMs` and compared: links swapped
 * by certbot and Kubernetes are changes that file watching misses. A bad or half-written pair is logged once, and the old
 * one stays in use.
 *
 * @param options.pollMs how often to look, ms
 * @throws TlsMaterialError when there is no usable pair to begin with
 */
export async function openTlsMaterial(options: {
  readonly source: TlsSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pollMs?: number;
}): Promise<TlsMaterial> {
  const { source, clock, log, pollMs = 10_000 } = options;
  const first = await load(source, clock.now());
  if (first.kind === "bad") throw new TlsMaterialError(`the TLS ${first.about} ${first.message}`);
  let current = first.pair;
  let lastComplaint = "";
  const listeners = new Set<(pair: TlsPair) => void>();
  const stopping = new AbortController();

  async function refresh(): Promise<"unchanged" | "replaced" | "kept"> {
    const next = await load(source, clock.now());
    if (next.kind === "bad") {
      const complaint = `${next.about} ${next.message}`;
      if (complaint !== lastComplaint) log.error({ event: "tls.reload_refused", reason: complaint });
      lastComplaint = complaint;
      return "kept";
    }
    lastComplaint = "";
    if (next.pair.cert === current.cert && next.pair.key === current.key) return "unchanged";
    current = next.pair;
    log.info({ event: "tls.reloaded", notAfter: new Date(next.notAfterMs).toISOString() });
    for (const listener of listeners) listener(current);
    return "replaced";
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await clock.sleep(pollMs, stopping.signal);
        await refresh();
      } catch (err) {
        if (!stopping.signal.aborted) log.error({ event: "tls.reload_failed", err });
      }
    }
  }

  const polling = poll();
  return {
    current: () => current,
    onReplaced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refresh,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await polling;
    },
  };
}

async function load(source: TlsSource, nowMs: number): Promise<TlsPairCheck> {
  return source.kind === "files"
    ? readTlsPair(source.certPath, source.keyPath)
    : await loadSelfSigned(source.dir, source.hostname, nowMs);
}

async function loadSelfSigned(dir: string, hostname: string, nowMs: number): Promise<TlsPairCheck> {
  // Certificate and key share a file, so that no crash can leave halves of two pairs.
  const path = join(dir, "self-signed.pem");
  const stored = await readFileIfThere(path);
  if (stored !== null) {
    const check = checkTlsPair({ cert: stored, key: stored });
    if (check.kind === "ok" && check.notAfterMs - nowMs > renewBeforeMs && coversHost(stored, hostname))
      return check;
  }
  const pair = await generateSelfSigned(hostname, nowMs);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const text = `${pair.cert.trimEnd()}\n${pair.key.trimEnd()}\n`;
  await replacePrivateFile(path, text);
  return checkTlsPair({ cert: text, key: text });
}

function coversHost(pem: string, hostname: string): boolean {
  return new X509Certificate(pem).checkHost(hostname) !== undefined;
}

/**
 * Makes a self-signed certificate (RSA-2048, which the oldest mail clients know) for the host name, localhost,
 * 127.0.0.1 and ::1, valid for 825 days.
 *
 * @param nowMs Unix time in ms
 */
export async function generateSelfSigned(hostname: string, nowMs: number): Promise<TlsPair> {
  // Loaded only when needed: it brings a whole ASN.1 stack with it.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: hostname.slice(0, 64) }], {
    // EC would be quicker to make, but fails where npm installs two versions of @peculiar/asn1-schema, as here.
    keyType: "rsa",
    keySize: 2_048,
    algorithm: "sha256",
    // Clocks of test machines disagree by minutes.
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + (selfSignedDays - 1) * dayMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: hostname },
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
