import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** A certificate chain and its private key, both PEM. */
export type TlsPair = { readonly cert: string; readonly key: string };

/** What a pair of PEM texts turned out to be. `notAfterMs` is the end of the first certificate, Unix time in ms. */
export type TlsPairCheck =
  | { readonly kind: "ok"; readonly pair: TlsPair; readonly notAfterMs: number }
  | { readonly kind: "bad"; readonly about: "cert" | "key"; readonly message: string };

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Checks that both texts are PEM and that the key belongs to the first certificate. */
export function checkTlsPair(pair: TlsPair): TlsPairCheck {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pair.cert);
  } catch (error) {
    return { kind: "bad", about: "cert", message: `is not a PEM certificate (${reason(error)})` };
  }
  try {
    const key = createPrivateKey(pair.key);
    if (!certificate.checkPrivateKey(key)) {
      return { kind: "bad", about: "key", message: "does not belong to the certificate" };
    }
  } catch (error) {
    return { kind: "bad", about: "key", message: `is not an unencrypted PEM private key (${reason(error)})` };
  }
  return { kind: "ok", pair, notAfterMs: certificate.validToDate.getTime() };
}

/** Reads two PEM files and checks them as {@link checkTlsPair} does. */
export function readTlsPair(certPath: string, keyPath: string): TlsPairCheck {
  let cert: string;
  let key: string;
  try {
    cert = readFileSync(certPath, "utf8");
  } catch (error) {
    return { kind: "bad", about: "cert", message: `cannot be read (${reason(error)})` };
  }
  try {
    key = readFileSync(keyPath, "utf8");
  } catch (error) {
    return { kind: "bad", about: "key", message: `cannot be read (${reason(error)})` };
  }
  return checkTlsPair({ cert, key });
}
