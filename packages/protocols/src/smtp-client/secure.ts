import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type SecureContext, type TLSSocket } from "node:tls";
import { type CertificateFlaw, fault, type SmtpFault } from "./fault.ts";

/** Whether there is to be TLS, and with whom. */
export interface SmtpTlsPolicy {
  /**
   * - `none`: never, even if it is offered;
   * - `opportunistic`: where it is offered (RFC 7435); without TLS, or with an answer to STARTTLS that is no 220, in the clear;
   * - `required`: or no mail.
   */
  readonly mode: "none" | "opportunistic" | "required";
  readonly verify: CertificateCheck;
  /** Parsed once and shared by many connections, it saves a fraction of a millisecond each. TLS 1.2 at least (RFC 8996). */
  readonly secureContext?: SecureContext;
}

/**
 * How the server proves who it is.
 *
 * - `none`: not at all; a certificate of whatever kind keeps listeners out, if not impostors;
 * - `names`: a chain to a root the context trusts, made out to one of these names (RFC 6125);
 * - `check`: `check` gets the chain, the server's certificate first, and returns what is wrong with it, or null (DANE, pins).
 */
export type CertificateCheck =
  | { readonly kind: "none" }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "check"; readonly check: (chain: readonly X509Certificate[]) => string | null };

/** What a TLS session came to. */
export interface SmtpTlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** IANA's or OpenSSL's name. */
  readonly cipher: string;
  /** A trusted chain made out to the host or to one of the names asked for, or one that passed the injected check. */
  readonly verified: boolean;
  /** Why it is not verified. */
  readonly problem: string | null;
  /** The same by kind. */
  readonly flaw: CertificateFlaw | null;
}

interface CertificateProblem {
  readonly flaw: CertificateFlaw;
  readonly text: string;
}

/** Shakes hands over `socket`, which nobody may read from any more, and checks the certificate. Never throws; on `failed` the socket is destroyed. */
export function secure(
  socket: Socket,
  options: {
    /** A name is sent as SNI (RFC 6066 §3), an address is not. */
    readonly host: string;
    readonly policy: SmtpTlsPolicy;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<
  | { readonly kind: "secured"; readonly socket: TLSSocket; readonly facts: SmtpTlsFacts }
  | { readonly kind: "failed"; readonly fault: SmtpFault }
> {
  const { host, policy, timeoutMs, signal } = options;
  return new Promise((resolve) => {
    let tls: TLSSocket;
    try {
      tls = connect({
        socket,
        // The certificate is judged below, where the reason can be told.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        minVersion: "TLSv1.2", // RFC 8996
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(policy.secureContext === undefined ? {} : { secureContext: policy.secureContext }),
      });
    } catch (error) {
      // A name from the DNS may be one that OpenSSL does not take.
      socket.destroy();
      resolve({ kind: "failed", fault: fault("tls-handshake", String(error)) });
      return;
    }
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      tls.off("secureConnect", onSecure);
      tls.off("close", onClose);
      tls.off("error", onError);
    };
    const fail = (why: SmtpFault): void => {
      settle();
      tls.on("error", () => undefined);
      tls.destroy();
      socket.destroy();
      resolve({ kind: "failed", fault: why });
    };
    const onSecure = (): void => {
      // Asked now and never again: after its end node's TLS socket reads freed memory.
      const { problem, facts } = judge(tls, host, policy.verify);
      if (problem !== null) {
        fail({ ...fault("tls-certificate", problem.text), flaw: problem.flaw });
        return;
      }
      settle();
      resolve({ kind: "secured", socket: tls, facts });
    };
    const onError = (error: Error): void => fail(fault("tls-handshake", error.message));
    const onClose = (): void =>
      fail(fault("tls-handshake", "the server closed the connection during the TLS handshake"));
    const onAbort = (): void => fail(fault("aborted", "stopped during the TLS handshake"));
    const timer = setTimeout(
      () => fail(fault("tls-handshake", `no TLS within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    tls.on("secureConnect", onSecure);
    tls.on("close", onClose);
    tls.on("error", onError);
    if (signal.aborted) onAbort();
  });
}

/** The facts, and what forbids to go on: null if nothing does. */
function judge(
  tls: TLSSocket,
  host: string,
  verify: CertificateCheck,
): { readonly facts: SmtpTlsFacts; readonly problem: CertificateProblem | null } {
  const version = tls.getProtocol() ?? "";
  const cipher = tls.getCipher()?.name ?? "";
  const problem =
    verify.kind === "check"
      ? checkProblem(verify.check(chainOf(tls)))
      : webPkiProblem(tls, verify.kind === "names" ? verify.names : [host]);
  return {
    facts: {
      version,
      cipher,
      verified: problem === null,
      problem: problem?.text ?? null,
      flaw: problem?.flaw ?? null,
    },
    problem: verify.kind === "none" ? null : problem,
  };
}

const checkProblem = (text: string | null): CertificateProblem | null =>
  text === null ? null : { flaw: "check-failed", text };

/** A chain to a trusted root, and one of the names on it. */
function webPkiProblem(tls: TLSSocket, names: readonly string[]): CertificateProblem | null {
  if (!tls.authorized) {
    const code = String(tls.authorizationError);
    const flaw = code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID" ? "expired" : "not-trusted";
    return { flaw, text: `the certificate is not trusted: ${code}` };
  }
  const certificate = tls.getPeerCertificate();
  if (names.some((name) => checkServerIdentity(name, certificate) === undefined)) return null;
  return {
    flaw: "host-mismatch",
    text: `the certificate is made out to ${certificate.subjectaltname ?? "nobody"}, not to ${names.join(" or ")}`,
  };
}

function chainOf(tls: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  // A certificate that issued itself ends the chain; the bound is against one that goes round.
  for (let next = tls.getPeerX509Certificate(); next !== undefined && chain.length < 10; ) {
    chain.push(next);
    const issuer = next.issuerCertificate;
    next = issuer === undefined || issuer.fingerprint256 === next.fingerprint256 ? undefined : issuer;
  }
  return chain;
}
