import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** A new DKIM key and what to publish for it. */
export type GeneratedKey = {
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  /** PKCS #8. A secret: seal it before it is stored. */
  readonly privateKeyPem: string;
  /** Value of the TXT record at `<selector>._domainkey.<domain>`. */
  readonly dnsRecord: string;
};

const generate = promisify(generateKeyPair);

/**
 * The TXT record value for a key (RFC 6376 §3.6.1, RFC 8463 §4). Over 255 characters for RSA-2048: in a zone file it
 * is written as several strings, see splitTxtRecord.
 *
 * @param key private or public.
 */
export const formatKeyRecord = (key: KeyObject): string => {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const spki = publicKey.export({ type: "spki", format: "der" });
  // RFC 8463 §4: the 32 bytes of the key alone, which end its SubjectPublicKeyInfo.
  if (publicKey.asymmetricKeyType === "ed25519")
    return `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString("base64")}`;
  return `v=DKIM1; k=rsa; p=${spki.toString("base64")}`;
};

/** Cuts a TXT value into the strings of at most 255 characters that a zone file needs (RFC 6376 §3.6.2.2). */
export const splitTxtRecord = (value: string): string[] => value.match(/.{1,255}/gs) ?? [];

/** Generates a key pair off the event loop: RSA with 2048 bits (RFC 8301 §3.2), or Ed25519. */
export const generateSigningKey = async (kind: "rsa-2048" | "ed25519"): Promise<GeneratedKey> => {
  if (kind === "ed25519") {
    const { privateKey, publicKey } = await generate("ed25519");
    return {
      algorithm: "ed25519-sha256",
      privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      dnsRecord: formatKeyRecord(publicKey),
    };
  }
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
  return {
    algorithm: "rsa-sha256",
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    dnsRecord: formatKeyRecord(publicKey),
  };
};
