import { headerFieldRanges, readField } from "@waxwing/message";

/** Index after white space and nested comments (RFC 5322 §3.2.2). */
const skipCfws = (text: string): number => {
  let depth = 0;
  let i = 0;
  for (; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "(") depth++;
    else if (depth > 0 && char === "\\") i++;
    else if (depth > 0 && char === ")") depth--;
    else if (depth === 0 && char !== " " && char !== "\t") break;
  }
  return i;
};

/** The authserv-id of an Authentication-Results value: a token or a quoted-string after optional comments. */
const authservIdOf = (value: string): string => {
  const text = value.slice(skipCfws(value));
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text.slice(0, 1_000))?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
  return /^[^\s;()]*/.exec(text)?.[0] ?? "";
};

const normalize = (id: string): string => id.trim().toLowerCase().replace(/\.$/, "");

/**
 * Removes the Authentication-Results fields that claim to be ours: a receiver MUST do so before it adds its own
 * (RFC 8601 §5), or a sender could vouch for itself. All of them, however many; other servers' stay.
 *
 * @param authservId our authserv-id; compared without case.
 * @returns the message without them; the very same Buffer when there were none.
 */
export const removeSpoofedAuthenticationResults = (raw: Buffer, authservId: string): Buffer => {
  const ours = normalize(authservId);
  const kept: Buffer[] = [];
  let from = 0;
  for (const range of headerFieldRanges(raw)) {
    // "Authentication-Results" has 22 letters; only spaces may stand between them and the colon.
    if (range.colon - range.start < 22) continue;
    if (raw.toString("latin1", range.start, range.start + 22).toLowerCase() !== "authentication-results")
      continue;
    const field = readField(raw, range);
    if (field.name.length !== 22 || normalize(authservIdOf(field.value)) !== ours) continue;
    kept.push(raw.subarray(from, range.start));
    from = range.end;
  }
  if (kept.length === 0) return raw;
  kept.push(raw.subarray(from));
  return Buffer.concat(kept);
};
