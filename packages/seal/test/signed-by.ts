import { generateKeyPairSync } from "node:crypto";
import { createDnsZone } from "@waxwing/testkit";
import { type DNSResolver, dkimVerify } from "mailauth";
import { createSigningKey, formatKeyRecord, splitTxtRecord } from "../src/index.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;

/** One key of each kind for waxwing.test, and the zone that publishes them. */
export const rsaKey = createSigningKey({ domain: "waxwing.test", selector: "r1", privateKey: rsa });
export const ed25519Key = createSigningKey({ domain: "waxwing.test", selector: "e1", privateKey: ed25519 });
export const keyRecords = {
  "r1._domainkey.waxwing.test": { TXT: [splitTxtRecord(formatKeyRecord(rsa))] },
  "e1._domainkey.waxwing.test": { TXT: [splitTxtRecord(formatKeyRecord(ed25519))] },
};

/** The verdicts of mailauth, in its strict mode, on every signature of a message; top to bottom. */
export const verdicts = async (raw: Buffer): Promise<string[]> => {
  const zone = createDnsZone(keyRecords);
  const { results } = await dkimVerify(raw, { resolver: zone as unknown as DNSResolver, strict: true });
  return results.map(({ status }) =>
    status.result === "pass" ? "pass" : `${status.result} ${status.comment ?? ""}`.trim(),
  );
};

/** The private key of `rsaKey`, for libraries that want it as text. */
export const rsaPem = rsa.export({ type: "pkcs8", format: "pem" }).toString();
