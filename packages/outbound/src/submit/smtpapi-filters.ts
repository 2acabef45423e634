import { parseMailbox } from "@waxwing/message";
import { type Report, storedProblem } from "../submission-problems.ts";
import { isObject, type Wishes } from "./wishes.ts";

type Settings = Readonly<Record<string, unknown>>;
/** Reads the settings of a filter that is on. `text` is a member of them; undefined when absent, empty or reported. */
type ReadFilter = (settings: Settings, text: (name: string) => string | undefined) => Wishes | string;

const UTM = ["utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"] as const;

const bypass = (...reasons: NonNullable<Wishes["bypass"]>): ReadFilter => {
  return () => ({ bypass: reasons });
};

/**
 * The filters ("apps") of X-SMTPAPI. A text that one of them returns says what is wrong with it. Deviation: `dkim` and `spamcheck` have
 * no effect: every message is signed for its From domain, and outgoing mail is not scored.
 */
const FILTERS: Readonly<Record<string, ReadFilter>> = {
  bcc: (_settings, text) => {
    const parsed = parseMailbox(text("email") ?? "");
    return parsed.kind === "mailbox" ? { blindCopy: parsed.address } : `email ${parsed.reason}`;
  },
  bypass_list_management: bypass("bounced", "complained", "unsubscribed", "invalid", "manual"),
  bypass_bounce_management: bypass("bounced"),
  bypass_spam_management: bypass("complained"),
  bypass_unsubscribe_management: bypass("unsubscribed"),
  clicktrack: ({ enable_text: enableText }) => ({
    track: { clicks: isOn(enableText) ? "all" : "html" },
  }),
  dkim: () => ({}),
  footer: (_settings, text) => {
    const [plain, html] = [text("text/plain"), text("text/html")];
    return {
      footer: { ...(plain !== undefined && { text: plain }), ...(html !== undefined && { html }) },
    };
  },
  ganalytics: (_settings, text) => {
    const utm = Object.fromEntries(
      UTM.flatMap((name) => {
        const value = text(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return Object.keys(utm).length > 0 ? { track: { utm } } : {};
  },
  opentrack: (_settings, text) => {
    const pixelTag = text("replace");
    return { track: { opens: true, ...(pixelTag !== undefined && { pixelTag }) } };
  },
  spamcheck: () => ({}),
  subscriptiontrack: (_settings, text) => {
    const tag = text("replace");
    if (tag !== undefined) return { unsubscribe: { tag } };
    const [plain, html] = [text("text/plain"), text("text/html")];
    const landing = text("landing");
    return {
      unsubscribe: {
        ...(plain !== undefined && { text: plain }),
        ...(html !== undefined && { html }),
        ...(landing !== undefined && /^https?:\/\//i.test(landing) && { landing }),
      },
    };
  },
  templates: (_settings, text) => {
    const id = text("template_id");
    if (id === undefined) return "template_id is required";
    return { template: { id, variables: {}, field: "X-SMTPAPI.filters.templates" } };
  },
};

/** Reads `filters`: `{"clicktrack": {"settings": {"enable": 1}}}` and the like. */
export function readFilters(value: unknown, report: Report): Wishes {
  const field = "X-SMTPAPI.filters";
  if (value === undefined) return {};
  if (!isObject(value)) {
    report(field, "must be an object");
    return {};
  }
  let wishes: Wishes = {};
  for (const [name, filter] of Object.entries(value)) {
    const path = `${field}.${name.slice(0, 40)}`;
    const read = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    const settings = isObject(filter) ? filter.settings : undefined;
    if (read === undefined) report(path, "is not known");
    else if (!isObject(settings)) report(path, "must be an object with settings");
    else if (isOn(settings.enable)) {
      const asked = read(settings, (member) => readText(settings[member], `${path}.${member}`, report));
      if (typeof asked === "string") report(path, asked);
      else wishes = merge(wishes, asked);
    }
  }
  return wishes;
}

/** Several filters speak of tracking and of suppression. */
function merge(wishes: Wishes, more: Wishes): Wishes {
  const bypassed = [...new Set([...(wishes.bypass ?? []), ...(more.bypass ?? [])])];
  return {
    ...wishes,
    ...more,
    ...((wishes.track ?? more.track) !== undefined && { track: { ...wishes.track, ...more.track } }),
    ...(bypassed.length > 0 && { bypass: bypassed }),
  };
}

const isOn = (value: unknown): boolean => value === 1 || value === true || value === "1";

function readText(value: unknown, field: string, report: Report): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const problem = typeof value === "string" ? storedProblem(value) : "must be a text";
  if (typeof value === "string" && problem === undefined) return value;
  report(field, problem ?? "is wrong");
  return undefined;
}
