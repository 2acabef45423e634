/** What a recipient's form, or their mail provider, asks for. */
export interface RecipientForm {
  /** `one-click`: RFC 8058, from a program that wants no page. */
  readonly action: "one-click" | "unsubscribe" | "resubscribe" | "choose";
  /** Of `choose`: the groups to keep. */
  readonly groups: ReadonlySet<number>;
}

const ACTIONS = ["unsubscribe", "resubscribe", "choose"] as const;
/** As many as a page shows. */
const MAX_GROUPS = 1_000;

/**
 * Reads the body of a POST by a recipient, urlencoded or multipart (RFC 8058 §3.1 leaves the choice to the sender of the request).
 *
 * @returns null for a body that is no such form.
 */
export async function readRecipientForm(
  contentType: string | undefined,
  body: unknown,
): Promise<RecipientForm | null> {
  if (!Buffer.isBuffer(body) || contentType === undefined) return null;
  const form = await parseForm(contentType, body);
  if (form === null) return null;
  const action = form.get("action");
  const known = ACTIONS.find((name) => name === action);
  if (known !== undefined) {
    const groups = form.getAll("group").slice(0, MAX_GROUPS).map(Number).filter(Number.isSafeInteger);
    return { action: known, groups: new Set(groups) };
  }
  // RFC 8058 §3.2: exactly this key and value.
  const value = form.get("List-Unsubscribe");
  return value === "One-Click" ? { action: "one-click", groups: new Set() } : null;
}

async function parseForm(contentType: string, body: Buffer): Promise<FormData | null> {
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(contentType)) return null;
  try {
    return await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  } catch {
    // Whatever cannot be read as a form is none; there is nothing else in it to be told of.
    return null;
  }
}
