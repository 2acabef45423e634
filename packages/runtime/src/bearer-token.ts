import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Clock } from "./clock.ts";

/** Where tokens come from and what makes them ours. */
export interface TokenIssuer {
  /** The `iss` of every token, and the base of the OpenID configuration. */
  readonly issuer: string;
  /** Each token must name one of these in `aud`. */
  readonly audience: readonly string[];
  /** Where the keys are; null: the OpenID configuration says so. */
  readonly jwksUri: string | null;
}

/** Whom a good token speaks for, in lower case. */
interface TokenHolder {
  /** The claim `waxwing_user`, which only the issuer's administrator sets; otherwise `email` where `email_verified` is true. */
  readonly username: string;
  /** When it ends, Unix time in ms. */
  readonly expiresAtMs: number;
}

/** The answer about a token. `refused` says why for the log; `unavailable`: the issuer does not answer, nothing is known. */
export type TokenVerification =
  | ({ readonly kind: "ok" } & TokenHolder)
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Checks bearer tokens. Never rejects. */
export type TokenVerifier = (token: string) => Promise<TokenVerification>;

/** Asymmetric only: with HS256 whoever knows the public key could sign (the confusion of CVE-2015-9235). */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const CLOCK_SKEW_S = 30;
/** Beyond any access token in use; an SMTP command line takes 9 KB of it. */
const MAX_TOKEN_CHARS = 16_384;
const MAX_DOCUMENT_BYTES = 512 * 1024;
const FETCH_TIMEOUT_MS = 5_000;
/** After a failed look at the OpenID configuration the next one waits this long: clients that try again must not multiply it. */
const RETRY_AFTER_MS = 10_000;
const MAX_USERNAME_CHARS = 320;

type Discovery =
  | { readonly kind: "keys"; readonly keys: JWTVerifyGetKey }
  | { readonly kind: "failed"; readonly reason: string; readonly untilMs: number };

/**
 * Checks JSON Web Tokens (RFC 7519, RFC 9068) against the keys of one issuer: signature by an asymmetric algorithm, `iss`, `aud`,
 * `exp` (required) and `nbf` with 30 s of skew. The issuer's key set is kept for 10 minutes and looked at again when a token names
 * a key that is not in it, at most every 30 seconds: a new key works at once, a stream of bad tokens does not become a stream of
 * requests.
 *
 * @param options.fetch for tests; answers are read up to 512 KB, within 5 s, and redirects are not followed.
 */
export function createTokenVerifier(
  source: TokenIssuer,
  options: { readonly clock: Clock; readonly fetch?: typeof fetch },
): TokenVerifier {
  const { clock } = options;
  const request = boundedFetch(options.fetch ?? fetch);
  let discovery: Promise<Discovery> | null = null;

  const keySet = (url: string): JWTVerifyGetKey =>
    createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      [customFetch]: request,
    });

  const discover = async (): Promise<Discovery> => {
    try {
      return { kind: "keys", keys: keySet(source.jwksUri ?? (await findJwksUri(source.issuer, request))) };
    } catch (error) {
      return { kind: "failed", reason: messageOf(error), untilMs: clock.now() + RETRY_AFTER_MS };
    }
  };

  const keysOf = async (): Promise<Discovery> => {
    discovery ??= discover();
    const looked = discovery;
    const found = await looked;
    if (found.kind === "keys" || found.untilMs > clock.now()) return found;
    // Whoever sees first that it is time to look again does it for all.
    if (discovery === looked) discovery = discover();
    return await discovery;
  };

  return async (token) => {
    if (token.length > MAX_TOKEN_CHARS) return { kind: "refused", reason: "it is too long" };
    if (token.split(".").length !== 3) return { kind: "refused", reason: "it is not a JSON Web Token" };
    const found = await keysOf();
    if (found.kind === "failed") return { kind: "unavailable", reason: found.reason };
    try {
      const { payload } = await jwtVerify(token, found.keys, {
        algorithms: ALGORITHMS,
        issuer: source.issuer,
        audience: [...source.audience],
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(clock.now()),
      });
      return holderOf(payload);
    } catch (error) {
      const reason = messageOf(error);
      return isIssuersFault(error) ? { kind: "unavailable", reason } : { kind: "refused", reason };
    }
  };
}

function holderOf(payload: JWTPayload): TokenVerification {
  const { waxwing_user, email, email_verified, exp = 0 } = payload;
  // An e-mail claim that nobody verified is what its owner typed in: with some issuers any user can make it any address.
  const username =
    typeof waxwing_user === "string" ? waxwing_user : email_verified === true ? email : undefined;
  if (typeof username !== "string" || username === "" || username.length > MAX_USERNAME_CHARS) {
    return { kind: "refused", reason: "it names no user: neither waxwing_user nor a verified email" };
  }
  return { kind: "ok", username: username.toLowerCase(), expiresAtMs: (exp + CLOCK_SKEW_S) * 1000 };
}

/** URL of the OpenID configuration of an issuer (OpenID Connect Discovery 1.0 §4). */
export function openIdConfigurationUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

async function findJwksUri(issuer: string, request: typeof fetch): Promise<string> {
  const url = openIdConfigurationUrl(issuer);
  const answer = await request(url, {
    redirect: "error",
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    headers: { accept: "application/json" },
  });
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  const document: unknown = await answer.json();
  const { issuer: named, jwks_uri: jwksUri } = (document ?? {}) as Readonly<Record<string, unknown>>;
  // OpenID Connect Discovery 1.0 §4.3: a document that speaks for another issuer would bring that one's keys.
  if (named !== issuer) throw new Error(`${url} is about another issuer`);
  if (typeof jwksUri !== "string" || !/^https?:/.test(jwksUri)) throw new Error(`${url} names no jwks_uri`);
  if (issuer.startsWith("https:") && !jwksUri.startsWith("https:")) {
    throw new Error(`${url} names a jwks_uri without TLS`);
  }
  return jwksUri;
}

/** The same fetch, whose answers are cut off beyond 512 KB. */
function boundedFetch(plain: typeof fetch): typeof fetch {
  return async (url, init) => {
    const answer = await plain(url, init);
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of answer.body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_DOCUMENT_BYTES) throw new Error(`the answer is over ${MAX_DOCUMENT_BYTES} bytes`);
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks), { status: answer.status, headers: answer.headers });
  };
}

/** A key set that cannot be had, or is none, says nothing about the token. */
function isIssuersFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === "ERR_JOSE_GENERIC"
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
