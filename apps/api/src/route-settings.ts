import { formatRoutePattern, parseHostPort, parseRoutePattern } from "@waxwing/runtime";
import type { StoredRoute } from "@waxwing/store";
import type { FieldProblem } from "./problems.ts";
import { invalid } from "./validator.ts";

/** How a route leads to its host, as it is asked for or stored; without the password. */
export type RouteSettings = Pick<StoredRoute, "host" | "port" | "tls" | "implicitTls" | "username">;

/** What of a route was said; absent: not said. */
export interface SaidOfRoute {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: StoredRoute["tls"];
  readonly implicit_tls?: boolean;
  readonly username?: string | null;
  readonly password?: string;
}

/** Reads the pattern of a route, in the form in which it is stored. @throws a refusal */
export function readPattern(text: string): string {
  const pattern = parseRoutePattern(text.trim());
  if (pattern.kind === "bad") throw invalid([{ field: "pattern", message: pattern.message }]);
  return formatRoutePattern(pattern.value);
}

/**
 * Puts together what a route is to be, and refuses what would say a password in the clear, or to somebody whom its owner has not
 * given it to: where the way changes, it must be given again. Who may change routes need not know their passwords.
 *
 * @param before the stored route; null for a new one
 * @throws a refusal that names every wrong field
 */
export function readRouteSettings(said: SaidOfRoute, before: StoredRoute | null): RouteSettings {
  const problems: FieldProblem[] = [];
  const report = (field: string, message: string): void => void problems.push({ field, message });

  const port = said.port ?? before?.port ?? 25;
  const hostText = (said.host ?? before?.host ?? "").trim();
  const bracketed = hostText.includes(":") && !hostText.startsWith("[") ? `[${hostText}]` : hostText;
  const hop = parseHostPort(`${bracketed}:${port}`, 1);
  if (hop.kind === "bad") report("host", "is neither an address nor a host name");
  const host = hop.kind === "ok" ? hop.value.host : hostText;

  const username = said.username === undefined ? (before?.username ?? null) : said.username;
  const implicitTls = said.implicit_tls ?? before?.implicitTls ?? false;
  const usual = username !== null ? "verified" : implicitTls ? "required" : "opportunistic";
  const tls = said.tls ?? before?.tls ?? usual;

  if (username !== null && !isPlainText(username)) report("username", "contains what is not text");
  if (said.password !== undefined && !isPlainText(said.password))
    report("password", "contains what is not text");
  if (username !== null && (tls === "none" || tls === "opportunistic"))
    report("tls", "must be required or verified where there is a username: passwords are said over TLS only");
  if (implicitTls && tls === "none") report("tls", "cannot be none with implicit_tls");
  if (username === null && said.password !== undefined) report("username", "is needed with a password");
  if (username !== null && said.password === undefined) {
    if (before === null || before.username === null) report("password", "is needed with a username");
    else if (!isSameWay(before, { host, port, tls, implicitTls, username }))
      report("password", "must be given again when the way to the server changes");
  }
  if (problems.length > 0) throw invalid(problems);
  return { host, port, tls, implicitTls, username };
}

function isSameWay(one: RouteSettings, other: RouteSettings): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.tls === other.tls &&
    one.implicitTls === other.implicitTls &&
    one.username === other.username
  );
}

/** SASL PLAIN (RFC 4616) has NUL between its parts; other control characters are nobody's password either. */
function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}
