import { generate } from "selfsigned";

/** A certificate authority for tests, trusted by nobody who is not told to. */
export interface TestAuthority {
  /** PEM. */
  readonly cert: string;
  /** Issues a certificate for these host names, valid from yesterday for a month unless `notAfter` says otherwise. */
  readonly issue: (names: readonly string[], options?: { readonly notAfter?: Date }) => Promise<IssuedPair>;
}

/** PEM; `cert` is the server's certificate and then the authority's, as servers send them; `leaf` is the first of them. */
export interface IssuedPair {
  readonly cert: string;
  readonly leaf: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** Makes an authority with a key of its own (RSA-2048, as `generateSelfSigned` of the runtime has it, and why). */
export async function createTestAuthority(name = "Waxwing test authority"): Promise<TestAuthority> {
  const nowMs = Date.now();
  const common = { keyType: "rsa", keySize: 2_048, algorithm: "sha256" } as const;
  const since = new Date(nowMs - 60 * DAY_MS);
  const authority = await generate([{ name: "commonName", value: name }], {
    ...common,
    notBeforeDate: since,
    notAfterDate: new Date(nowMs + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: authority.cert,
    issue: async (names, { notAfter = new Date(nowMs + 30 * DAY_MS) } = {}) => {
      const issued = await generate([{ name: "commonName", value: names[0]?.slice(0, 64) ?? "" }], {
        ...common,
        notBeforeDate: since,
        notAfterDate: notAfter,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: "basicConstraints", cA: false, critical: true },
          { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
          { name: "extKeyUsage", serverAuth: true },
          { name: "subjectAltName", altNames: names.map((value) => ({ type: 2, value }) as const) },
        ],
      });
      return {
        cert: `${issued.cert.trimEnd()}\n${authority.cert.trimEnd()}\n`,
        leaf: issued.cert,
        key: issued.private,
      };
    },
  };
}
