import { createPrivateKey, KeyObject } from "node:crypto";
import { parseDomain } from "@waxwing/message";

/** A key that signs for one domain and selector. Made once and kept: reading a PEM costs more than a signature. */
export type SigningKey = {
  /** Lower-case A-labels: the `d=` tag. */
  readonly domain: string;
  /** The `s=` tag. */
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly privateKey: KeyObject;
};

/** Thrown for a key, domain or selector that cannot sign. The message names what is wrong, never key material. */
export class SigningKeyError extends Error {
  override readonly name = "SigningKeyError";
}

// RFC 6376 §3.1: one or more DNS labels.
const SELECTOR = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/i;
// RFC 8301 §3.2: verifiers need not accept less.
const MIN_RSA_BITS = 1024;

/** Reads the key without letting OpenSSL's errors, which can quote their input, out. */
const readPrivateKey = (source: string | KeyObject): KeyObject => {
  if (source instanceof KeyObject) return source;
  try {
    return createPrivateKey(source);
  } catch {
    throw new SigningKeyError("the private key is not a PEM private key");
  }
};

/**
 * Makes a signing key. RSA signs with rsa-sha256 (RFC 6376), Ed25519 with ed25519-sha256 (RFC 8463).
 *
 * @param options.privateKey PEM text (PKCS #8 or PKCS #1), or a KeyObject.
 * @throws SigningKeyError
 */
export const createSigningKey = (options: {
  domain: string;
  selector: string;
  privateKey: string | KeyObject;
}): SigningKey => {
  const domain = parseDomain(options.domain);
  if (domain.kind === "invalid") throw new SigningKeyError(`the signing domain ${domain.reason}`);
  // Both values go into the signature header: anything but labels would be a way into it.
  if (options.selector.length > 200 || !SELECTOR.test(options.selector)) {
    throw new SigningKeyError("the selector is not a DNS name");
  }
  const privateKey = readPrivateKey(options.privateKey);
  const named = { domain: domain.domain, selector: options.selector.toLowerCase(), privateKey };
  if (privateKey.type !== "private") throw new SigningKeyError("the key is not a private key");
  if (privateKey.asymmetricKeyType === "ed25519") return { ...named, algorithm: "ed25519-sha256" };
  if (privateKey.asymmetricKeyType !== "rsa") throw new SigningKeyError("the key is neither RSA nor Ed25519");
  if ((privateKey.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw new SigningKeyError("the RSA key is shorter than 1024 bits");
  }
  return { ...named, algorithm: "rsa-sha256" };
};
