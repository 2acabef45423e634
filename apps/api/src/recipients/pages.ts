import { createHash } from "node:crypto";
import type { Preferences } from "@waxwing/outbound";

/** A page for recipients. */
export interface Page {
  readonly status: number;
  readonly html: string;
  /** Besides ourselves, whom its form may lead to (a browser asks for redirects, too). */
  readonly formTarget: string | null;
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:4em auto;padding:0 1em;color:#222}" +
  "button{font:inherit;padding:.5em 1.2em;margin:.5em .5em .5em 0;border:1px solid #888;border-radius:6px;background:#f4f4f4;cursor:pointer}" +
  "label{display:block;margin:.6em 0}small{color:#666;display:block;margin-left:1.9em}";

/** Nothing may be loaded or run, and no other site may show the page in a frame: a click on it must be its reader's own. */
export function pageHeaders(page: Pick<Page, "formTarget">): Readonly<Record<string, string>> {
  const style = createHash("sha256").update(STYLE).digest("base64");
  const target = page.formTarget === null ? "" : ` ${new URL(page.formTarget).origin}`;
  return {
    "content-security-policy": `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`,
    ...COMMON_HEADERS,
  };
}

/** What every answer to a recipient carries. */
export const COMMON_HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex, nofollow",
} as const;

/** For a link that was changed, or whose message is gone. The same whatever is wrong: it tells nothing. */
export const NO_SUCH_LINK = page(404, "This link does not work", [
  "<p>It is not complete, or too old. Try the link in a newer message.</p>",
]);

/** For a form that is none of ours. */
export const BAD_FORM = page(400, "That did not work", ["<p>Go back and try again.</p>"]);

/** While the database is out of reach. */
export const TRY_LATER = page(503, "That did not work just now", ["<p>Try again in a moment.</p>"]);

/** Asks whether to unsubscribe, or shows that it is done and offers the way back. */
export function unsubscribePage(
  { group, leftAll, landing, groups }: Preferences,
  state: { readonly isBack: boolean; readonly preferencesPath: string },
): Page {
  const kind = group === null ? "" : ` of the kind <b>${escapeHtml(group.name)}</b>`;
  const choice =
    groups.length === 0 ? [] : [`<p><a href="${state.preferencesPath}">Choose which mail you get</a></p>`];
  if (leftAll || group?.left === true) {
    // What was left beside this cannot be taken back by it.
    const undo = leftAll && group !== null ? [] : [form(button("resubscribe", "Undo"))];
    const parts = [`<p>You will get no more mail${leftAll ? "" : kind}.</p>`, ...undo, ...choice];
    return page(200, "You are unsubscribed", parts);
  }
  if (state.isBack) return page(200, "Welcome back", [`<p>You will get mail${kind} again.</p>`, ...choice]);
  return page(
    200,
    "Unsubscribe?",
    [`<p>You will then get no more mail${kind}.</p>`, form(button("unsubscribe", "Unsubscribe")), ...choice],
    landing,
  );
}

/** Shows the groups to choose from. */
export function preferencesPage(preferences: Preferences, state: { readonly isSaved: boolean }): Page {
  const { groups, leftAll, landing } = preferences;
  const saved = state.isSaved ? ["<p><b>Your choice is saved.</b></p>"] : [];
  if (leftAll) {
    return page(200, "Your mail from us", [
      ...saved,
      "<p>You get no mail from us at all.</p>",
      form(button("resubscribe", "Get mail again")),
    ]);
  }
  const boxes = groups.map(
    ({ id, name, description, left }) =>
      `<label><input type="checkbox" name="group" value="${id}"${left ? "" : " checked"}> ${escapeHtml(name)}` +
      `<small>${escapeHtml(description)}</small></label>`,
  );
  const choose = boxes.length === 0 ? [] : [form(`${boxes.join("")}${button("choose", "Save")}`)];
  const all = form(button("unsubscribe", "Unsubscribe from everything"));
  return page(200, "Your mail from us", [...saved, ...choose, all], landing);
}

function page(
  status: number,
  title: string,
  parts: readonly string[],
  formTarget: string | null = null,
): Page {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head>` +
    `<body><main><h1>${title}</h1>${parts.join("")}</main></body></html>\n`;
  return { status, html, formTarget };
}

/** It posts to its own address, whatever host that was reached by. */
const form = (content: string): string => `<form method="post">${content}</form>`;
const button = (action: string, label: string): string =>
  `<button name="action" value="${action}">${label}</button>`;

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
