import type { StoredMailbox, StoredOptions } from "@waxwing/store";
import { MESSAGES } from "../errors.ts";
import { readEmailObject } from "./addresses.ts";
import { isGiven, isObject, type Members, reportUnknown } from "./members.ts";
import type { Report } from "./problems.ts";
import { SETTING_TEXTS as TEXTS } from "./texts.ts";

/** What `mail_settings` asks for. */
export interface MailSettings {
  /** Nothing is stored. */
  readonly sandbox: boolean;
  readonly bypass: NonNullable<StoredOptions["bypass"]>;
  /** What is added at the end of text and html. */
  readonly footer: { readonly text?: string; readonly html?: string };
  /** Gets a blind copy of every message. */
  readonly bcc?: StoredMailbox;
}

const NONE: MailSettings = { sandbox: false, bypass: [], footer: {} };

/** Each bypass with its text and the reasons of suppression that then do not count. */
const BYPASSES = {
  bypass_list_management: [TEXTS.bypassList, ["bounced", "complained", "unsubscribed", "invalid", "manual"]],
  bypass_spam_management: [TEXTS.bypassSpam, ["complained"]],
  bypass_bounce_management: [TEXTS.bypassBounce, ["bounced"]],
  bypass_unsubscribe_management: [TEXTS.bypassUnsubscribe, ["unsubscribed"]],
} as const satisfies Record<string, readonly [string, NonNullable<StoredOptions["bypass"]>]>;

const KNOWN = new Set([...Object.keys(BYPASSES), "sandbox_mode", "footer", "bcc", "spam_check"]);
const ONLY_ENABLE = new Set(["enable"]);

/** Reads `mail_settings`. `spam_check` is looked at and has no effect: outgoing mail is not scored here. */
export function readMailSettings(value: unknown, report: Report): MailSettings {
  if (!isGiven(value)) return NONE;
  if (!isObject(value)) {
    report("mail_settings", MESSAGES.badRequest);
    return NONE;
  }
  reportUnknown(value, KNOWN, "mail_settings", report);
  const setting = (name: string, known: ReadonlySet<string>, text: string) =>
    readSetting(value[name], { field: `mail_settings.${name}`, known, text }, report);

  const bypass = Object.entries(BYPASSES).flatMap(([name, [text, reasons]]) =>
    setting(name, ONLY_ENABLE, text) === undefined ? [] : [...reasons],
  );
  const footer = setting("footer", new Set(["enable", "text", "html"]), TEXTS.footer) ?? {};
  const bcc = setting("bcc", new Set(["enable", "email"]), TEXTS.bcc);
  const spamCheck = setting("spam_check", new Set(["enable", "threshold", "post_to_url"]), TEXTS.spamCheck);
  if (spamCheck !== undefined) checkSpamCheck(spamCheck, report);
  const blindCopy = bcc === undefined ? undefined : readBcc(bcc, report);
  return {
    sandbox: setting("sandbox_mode", ONLY_ENABLE, TEXTS.sandbox) !== undefined,
    bypass: [...new Set(bypass)],
    footer: {
      ...readText(footer, "text", "mail_settings.footer.text", TEXTS.footerText, report),
      ...readText(footer, "html", "mail_settings.footer.html", TEXTS.footerHtml, report),
    },
    ...(blindCopy !== undefined && { bcc: blindCopy }),
  };
}

/** The members of a setting that is enabled; undefined where it is not, or was reported. */
export function readSetting(
  value: unknown,
  about: { readonly field: string; readonly known: ReadonlySet<string>; readonly text: string },
  report: Report,
): Members | undefined {
  if (!isGiven(value)) return undefined;
  if (!isObject(value)) {
    report(about.field, MESSAGES.badRequest);
    return undefined;
  }
  reportUnknown(value, about.known, about.field, report);
  const { enable } = value;
  if (isGiven(enable) && typeof enable !== "boolean") report(`${about.field}.enable`, about.text);
  return enable === true ? value : undefined;
}

/** One text of a setting as a member of its own name; empty where it is not given, empty or reported. */
export function readText<Name extends string>(
  members: Members,
  name: Name,
  field: string,
  text: string,
  report: Report,
): { readonly [Key in Name]?: string } {
  const value = members[name];
  if (!isGiven(value) || value === "") return {};
  if (typeof value === "string" && !value.includes("\0") && value.isWellFormed()) {
    // The computed name widens to string otherwise.
    return { [name]: value } as { readonly [Key in Name]?: string };
  }
  report(field, text);
  return {};
}

/** The legacy setting names an address, as a text or an object. */
function readBcc(setting: Members, report: Report): StoredMailbox | undefined {
  const { email } = setting;
  const field = "mail_settings.bcc.email";
  if (!isGiven(email)) {
    report(field, TEXTS.bccRequired);
    return undefined;
  }
  const texts = { lacking: TEXTS.bccEmail, invalid: TEXTS.bccEmail, tooLong: TEXTS.bccEmail };
  return readEmailObject(typeof email === "string" ? { email } : email, field, texts, report);
}

function checkSpamCheck(setting: Members, report: Report): void {
  const { threshold, post_to_url: url } = setting;
  if (!isGiven(threshold)) report("mail_settings.spam_check.threshold", TEXTS.spamThresholdRequired);
  else if (typeof threshold !== "number" || !(threshold >= 1 && threshold <= 10))
    report("mail_settings.spam_check.threshold", TEXTS.spamThreshold);
  if (!isGiven(url)) report("mail_settings.spam_check.post_to_url", TEXTS.spamUrlRequired);
  else if (typeof url !== "string") report("mail_settings.spam_check.post_to_url", TEXTS.spamUrl);
  else if (!/^https?:\/\//i.test(url)) report("mail_settings.spam_check.post_to_url", TEXTS.spamUrlScheme);
}
