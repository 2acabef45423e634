/** A bearer token (RFC 6750) and whom its holder wants to log in as; empty where the token alone says so. */
export interface BearerLogin {
  readonly username: string;
  readonly token: string;
}

/** What a client is told beside "no", so that it knows where to get a better token. */
export interface BearerHint {
  /** URL of the OpenID configuration of the issuer, when there is one. */
  readonly openIdConfiguration?: string | undefined;
  /** The scope a token needs, when one is asked for. */
  readonly scope?: string | undefined;
}

// RFC 6750 §2.1 b64token, and the two dots of a JWT are in it.
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const KVSEP = "\u0001";

/**
 * Reads the client's response of OAUTHBEARER (RFC 7628 §3.1): `n,a=user,^Ahost=...^Aport=...^Aauth=Bearer ...^A^A`. Null when it is
 * malformed or asks for channel binding (`p=`), which is not offered. Host and port are not looked at: one server, one issuer.
 */
export function decodeOauthBearer(message: Buffer): BearerLogin | null {
  const [header = "", ...pairs] = message.toString("utf8").split(KVSEP);
  // RFC 5801 §4: gs2-header = cbind-flag "," [authzid] ","
  const [matched, authorize = ""] = /^[ny],(?:a=([^,]*))?,$/.exec(header) ?? [];
  if (matched === undefined) return null;
  const username = authorize.replace(/=2C/g, ",").replace(/=3D/g, "=");
  return loginOf(username, pairs);
}

/**
 * Reads the client's response of XOAUTH2, the older form of the same that Google and Microsoft document:
 * `user=name^Aauth=Bearer ...^A^A`. Null when it is malformed.
 */
export function decodeXoauth2(message: Buffer): BearerLogin | null {
  const [first = "", ...pairs] = message.toString("utf8").split(KVSEP);
  return first.startsWith("user=") ? loginOf(first.slice("user=".length), pairs) : null;
}

function loginOf(username: string, pairs: readonly string[]): BearerLogin | null {
  // Both forms end in two separators.
  if (pairs.length < 3 || pairs.at(-1) !== "" || pairs.at(-2) !== "" || /\p{Cc}/u.test(username)) return null;
  const auth = pairs.filter((pair) => pair.startsWith("auth="));
  const token = BEARER.exec(auth[0]?.slice("auth=".length) ?? "")?.[1];
  return token === undefined || auth.length > 1 ? null : { username, token };
}

/**
 * The challenge that a refused client reads before it gives up (RFC 7628 §3.2.2; XOAUTH2 takes the same place for its own words).
 *
 * @returns JSON, to be sent in base64
 */
export function bearerFailure(mechanism: "OAUTHBEARER" | "XOAUTH2", hint: BearerHint): string {
  const { openIdConfiguration, scope } = hint;
  return JSON.stringify({
    ...(mechanism === "OAUTHBEARER" ? { status: "invalid_token" } : { status: "401", schemes: "bearer" }),
    ...(scope !== undefined && { scope }),
    ...(openIdConfiguration !== undefined && { "openid-configuration": openIdConfiguration }),
  });
}
