/** A policy a domain has published (RFC 8461 §3.2). */
export interface StsPolicy {
  readonly mode: "enforce" | "testing" | "none";
  /** Names and `*.` patterns in lower case. */
  readonly mx: readonly string[];
  readonly maxAgeS: number;
}

/** RFC 8461 §3.2: a year and some; longer is cut. */
const MAX_AGE_S = 31_557_600;
/** Policies are remembered by the thousand, and whoever we mail writes them; the largest providers have five. */
const MAX_MX = 32;
const MAX_MX_CHARS = 255;

/** Reads the TXT record at `_mta-sts.`: its `id`, or null where there is not exactly one valid record (RFC 8461 §3.1). */
export function readStsRecord(records: readonly (readonly string[])[]): string | null {
  const texts = records.map((strings) => strings.join("")).filter((text) => text.startsWith("v=STSv1;"));
  const [text] = texts;
  if (text === undefined || texts.length !== 1) return null;
  const id = /;[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]{1,32})[ \t]*(?:;|$)/.exec(text)?.[1];
  return id ?? null;
}

/** Reads a policy file (RFC 8461 §3.2); a text says what is wrong with it. */
export function readStsPolicy(file: string): StsPolicy | string {
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of file.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const [, name = "", value = ""] =
      /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === "") return "a line is not of the form key: value";
    if (name === "mx") {
      if (mx.length === MAX_MX) return `it names more than ${MAX_MX} mx`;
      mx.push(value.slice(0, MAX_MX_CHARS).toLowerCase().replace(/\.$/, ""));
    } else if (!fields.has(name)) fields.set(name, value); // RFC 8461 §3.2: the first one counts
  }
  if (fields.get("version") !== "STSv1") return "it is not of version STSv1";
  const mode = fields.get("mode");
  if (mode !== "enforce" && mode !== "testing" && mode !== "none") return "its mode is unknown";
  const age = fields.get("max_age") ?? "";
  if (!/^\d{1,10}$/.test(age)) return "it has no max_age";
  if (mode !== "none" && mx.length === 0) return "it names no mx";
  if (mx.some((pattern) => !/^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/.test(pattern)))
    return "an mx is no host name";
  return { mode, mx, maxAgeS: Math.min(Number(age), MAX_AGE_S) };
}

/** The policy as RFC 8460 §4.4 wants it told: its lines. */
export function stsPolicyLines({ mode, mx, maxAgeS }: StsPolicy): readonly string[] {
  return ["version: STSv1", `mode: ${mode}`, ...mx.map((host) => `mx: ${host}`), `max_age: ${maxAgeS}`];
}

/** RFC 8461 §4.1: `*.` stands for exactly one label. */
export function matchesMx(policy: Pick<StsPolicy, "mx">, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  const dot = name.indexOf(".");
  return policy.mx.some(
    (pattern) =>
      pattern === name || (pattern.startsWith("*.") && dot > 0 && pattern.slice(1) === name.slice(dot)),
  );
}
