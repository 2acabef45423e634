import type { StoredOptions } from "@waxwing/store";
import { MESSAGES } from "../errors.ts";
import { readSetting, readText } from "./mail-settings.ts";
import { isGiven, isObject, type Members, reportUnknown } from "./members.ts";
import type { Report } from "./problems.ts";
import { SETTING_TEXTS as TEXTS } from "./texts.ts";

/** What `tracking_settings` asks for. */
export interface TrackingSettings {
  readonly track?: NonNullable<StoredOptions["track"]>;
  /** Asks for a way to unsubscribe; the texts are footers, `<% %>` in them is the link. */
  readonly unsubscribe?: NonNullable<StoredOptions["unsubscribe"]>;
}

const FIELD = "tracking_settings";
const KNOWN = new Set(["click_tracking", "open_tracking", "subscription_tracking", "ganalytics"]);
const UTM = ["utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"] as const;

/** What SendGrid adds where the setting is enabled and says nothing else. */
const DEFAULT_FOOTERS = {
  text: "If you would like to unsubscribe and stop receiving these emails click here: <% %>.",
  html: "<p>If you would like to unsubscribe and stop receiving these emails <% click here %>.</p>",
};

/** Reads `tracking_settings`. What is not enabled here is off: there are no settings of an account behind it. */
export function readTrackingSettings(value: unknown, report: Report): TrackingSettings {
  if (!isGiven(value)) return {};
  if (!isObject(value)) {
    report(FIELD, MESSAGES.badRequest);
    return {};
  }
  reportUnknown(value, KNOWN, FIELD, report);
  const track = {
    ...readClicks(value, report),
    ...readOpens(value, report),
    ...readAnalytics(value, report),
  };
  const unsubscribe = readSubscription(value, report);
  return {
    ...(Object.keys(track).length > 0 && { track }),
    ...(unsubscribe !== undefined && { unsubscribe }),
  };
}

type Track = NonNullable<TrackingSettings["track"]>;

function readClicks(settings: Members, report: Report): Pick<Track, "clicks"> {
  const field = `${FIELD}.click_tracking`;
  const about = { field, known: new Set(["enable", "enable_text"]), text: TEXTS.clicks };
  const setting = readSetting(settings.click_tracking, about, report);
  const enableText = isObject(settings.click_tracking) ? settings.click_tracking.enable_text : undefined;
  if (isGiven(enableText) && typeof enableText !== "boolean")
    report(`${field}.enable_text`, TEXTS.clicksText);
  if (setting === undefined) return {};
  return { clicks: enableText === true ? "all" : "html" };
}

function readOpens(settings: Members, report: Report): Pick<Track, "opens" | "pixelTag"> {
  const field = `${FIELD}.open_tracking`;
  const about = { field, known: new Set(["enable", "substitution_tag"]), text: TEXTS.opens };
  const setting = readSetting(settings.open_tracking, about, report);
  if (setting === undefined) return {};
  const { substitution_tag: pixelTag } = readText(
    setting,
    "substitution_tag",
    `${field}.substitution_tag`,
    TEXTS.opensTag,
    report,
  );
  return { opens: true, ...(pixelTag !== undefined && { pixelTag }) };
}

function readAnalytics(settings: Members, report: Report): Pick<Track, "utm"> {
  const field = `${FIELD}.ganalytics`;
  const about = { field, known: new Set(["enable", ...UTM]), text: TEXTS.analytics };
  const setting = readSetting(settings.ganalytics, about, report);
  if (setting === undefined) return {};
  const utm: Record<string, string> = {};
  for (const name of UTM) {
    Object.assign(utm, readText(setting, name, `${field}.${name}`, TEXTS.analyticsOf(name), report));
  }
  return Object.keys(utm).length > 0 ? { utm } : {};
}

function readSubscription(settings: Members, report: Report): TrackingSettings["unsubscribe"] {
  const field = `${FIELD}.subscription_tracking`;
  const about = {
    field,
    known: new Set(["enable", "text", "html", "substitution_tag"]),
    text: TEXTS.subscription,
  };
  const setting = readSetting(settings.subscription_tracking, about, report);
  if (setting === undefined) return undefined;
  const text = readText(setting, "text", `${field}.text`, TEXTS.subscriptionText, report);
  const html = readText(setting, "html", `${field}.html`, TEXTS.subscriptionHtml, report);
  const { substitution_tag: tag } = readText(
    setting,
    "substitution_tag",
    `${field}.substitution_tag`,
    TEXTS.subscriptionTag,
    report,
  );
  // The tag is where the link goes; the footers are for messages without.
  if (tag !== undefined) return { tag };
  const given = { ...text, ...html };
  return Object.keys(given).length > 0 ? given : DEFAULT_FOOTERS;
}
