import { decodeSaslBase64 } from "../wire/sasl.ts";
import {
  type BearerHint,
  type BearerLogin,
  bearerFailure,
  decodeOauthBearer,
  decodeXoauth2,
} from "../wire/sasl-bearer.ts";
import { type Refusal, type Reply, replies } from "./reply.ts";

/** The SASL mechanisms whose credentials are a bearer token. */
export type BearerMechanism = "XOAUTH2" | "OAUTHBEARER";

/** What the exchange does to its connection. */
export interface BearerSteps {
  readonly reply: (reply: Reply) => void;
  /** Sends a 334 with this text in base64; the next line goes to `next`. */
  readonly challenge: (text: string, next: (line: string) => Promise<void>) => void;
  /** Asks whether the token is good; null: it is, and its holder is logged in. */
  readonly logIn: (login: BearerLogin) => Promise<Refusal | null>;
}

/** Reads `AUTH XOAUTH2 [initial response]` and the same for OAUTHBEARER; null for any other mechanism. */
export const parseBearerAuth = (
  line: string,
): { readonly mechanism: BearerMechanism; readonly initial: string | undefined } | null => {
  const [, name, initial] = /^\S+ +(XOAUTH2|OAUTHBEARER)(?: +(\S+))? *$/i.exec(line) ?? [];
  if (name === undefined) return null;
  return { mechanism: name.toUpperCase() === "XOAUTH2" ? "XOAUTH2" : "OAUTHBEARER", initial };
};

/**
 * Holds the exchange of XOAUTH2 or OAUTHBEARER (RFC 7628). smtp-server knows the former only, and insists on the user name that
 * the latter may leave to the token.
 *
 * @param initial the initial response, when AUTH brought one
 */
export const exchangeBearer = async (
  mechanism: BearerMechanism,
  initial: string | undefined,
  hint: BearerHint,
  { reply, challenge, logIn }: BearerSteps,
): Promise<void> => {
  const answer = async (response: string): Promise<void> => {
    if (response === "*") return reply(replies.authAborted);
    const message = decodeSaslBase64(response);
    const login =
      message === null ? null : mechanism === "XOAUTH2" ? decodeXoauth2(message) : decodeOauthBearer(message);
    if (login === null) return reply(replies.badSaslResponse);
    const refusal = await logIn(login);
    if (refusal === null) return reply(replies.loggedIn);
    // Only a token that is not good is explained; a server that is away is not the token's fault.
    if (refusal.code !== 535) return reply(refusal);
    // RFC 7628 §3.2.3: the cause comes as a challenge, which the client answers with a dummy before it reads its 535.
    challenge(bearerFailure(mechanism, hint), async () => reply(refusal));
  };
  if (initial === undefined) challenge("", answer);
  else await answer(initial);
};
