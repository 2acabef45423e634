import type { Proof } from "../mailbox-session.ts";
import { decodePlain } from "./sasl.ts";
import { type BearerHint, bearerFailure, decodeOauthBearer, decodeXoauth2 } from "./sasl-bearer.ts";

/** The SASL mechanisms of the mailbox doors, those with a token only where the backend takes one. */
export function saslMechanisms(bearer: BearerHint | undefined): readonly string[] {
  return bearer === undefined ? ["PLAIN", "LOGIN"] : ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];
}

/** What came of an exchange; `malformed`: the response is none of that mechanism. */
export type SaslExchange =
  | { readonly kind: "proof"; readonly proof: Proof }
  | { readonly kind: "unknown-mechanism" }
  | { readonly kind: "malformed" };

/**
 * Holds the exchange of a SASL mechanism up to what the client shows of itself.
 *
 * @param initial the initial response, decoded; undefined: the client sent none
 * @param ask sends a challenge, given in base64, and gives the decoded response; it throws the protocol's refusal where there is none
 */
export async function exchangeSasl(
  mechanism: string,
  initial: Buffer | undefined,
  bearer: BearerHint | undefined,
  ask: (challenge: string) => Promise<Buffer>,
): Promise<SaslExchange> {
  const name = mechanism.toUpperCase();
  if (!saslMechanisms(bearer).includes(name)) return { kind: "unknown-mechanism" };
  switch (name) {
    case "PLAIN": {
      const login = decodePlain(initial ?? (await ask("")));
      return login === null
        ? { kind: "malformed" }
        : { kind: "proof", proof: { kind: "password", ...login, mechanism: "PLAIN" } };
    }
    case "LOGIN": {
      const username = (initial ?? (await ask("VXNlcm5hbWU6"))).toString("utf8");
      const password = (await ask("UGFzc3dvcmQ6")).toString("utf8");
      return { kind: "proof", proof: { kind: "password", username, password, mechanism: "LOGIN" } };
    }
    default: {
      const response = initial ?? (await ask(""));
      const login = name === "XOAUTH2" ? decodeXoauth2(response) : decodeOauthBearer(response);
      if (login === null) return { kind: "malformed" };
      const used = name === "XOAUTH2" ? "XOAUTH2" : "OAUTHBEARER";
      return { kind: "proof", proof: { kind: "bearer", ...login, mechanism: used } };
    }
  }
}

/**
 * What a client with a refused token hears before its "no", in base64; it answers with a line that says nothing (RFC 7628 §3.2.3).
 * Null for a password.
 */
export function refusalChallenge(proof: Proof, bearer: BearerHint | undefined): string | null {
  if (proof.kind !== "bearer" || bearer === undefined) return null;
  return Buffer.from(bearerFailure(proof.mechanism, bearer)).toString("base64");
}
