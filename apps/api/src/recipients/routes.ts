import type { EventNotifier } from "@waxwing/events";
import {
  createRecipientPreferences,
  createVisitRecorder,
  type Preferences,
  type RecipientLink,
  type RecipientLinks,
} from "@waxwing/outbound";
import type { Clock, Logger } from "@waxwing/runtime";
import type { Database } from "@waxwing/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  BAD_FORM,
  COMMON_HEADERS,
  NO_SUCH_LINK,
  type Page,
  pageHeaders,
  preferencesPage,
  TRY_LATER,
  unsubscribePage,
} from "./pages.ts";
import { type RecipientForm, readRecipientForm } from "./read-form.ts";

type PreferenceLink = Extract<RecipientLink, { readonly kind: "unsubscribe" | "preferences" }>;

/** A form has a few hundred bytes. */
const MAX_BODY_BYTES = 8_192;
/** Pages and forms that wait for the database at once; they share its connections with everybody else. */
const MAX_UNDER_WAY = 32;
/** How long a reader waits for a visit to be recorded, which is none of their business. */
const MAX_WAIT_MS = 1_000;

/** A transparent GIF of one pixel (GIF89a). */
const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/**
 * What recipients reach by the links in their mail, without a key: the pixel, tracked links, unsubscribing and preferences.
 *
 * Invariants:
 * - a link is looked at only after its MAC has been checked, so that forged ones cost no query;
 * - GET and HEAD change nothing a recipient has chosen: filters and previews follow every link in a message (RFC 8058 §1);
 * - nothing of a request is shown in an answer, no cookie is set, and what is wrong with a link is not told;
 * - a redirect goes nowhere but to a URL that stood in the message, or that its sender named.
 */
export function recipientRoutes(
  app: FastifyInstance,
  options: {
    readonly db: Database;
    readonly recipientLinks: RecipientLinks;
    readonly notify: EventNotifier;
    readonly clock: Clock;
    readonly log: Logger;
  },
): void {
  const { recipientLinks, clock, log } = options;
  const recordVisit = createVisitRecorder(options);
  const preferences = createRecipientPreferences(options);
  const schema = { hide: true };
  let underWay = 0;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return show(reply, BAD_FORM);
    log.warn({ event: "http.recipient-failed", err: error });
    return show(reply, TRY_LATER);
  });

  const linkOf = (request: FastifyRequest) => recipientLinks.linkOf(request.url.split("?", 1)[0] ?? "");
  const preferenceLinkOf = (request: FastifyRequest): PreferenceLink | null => {
    const link = linkOf(request);
    return link?.kind === "unsubscribe" || link?.kind === "preferences" ? link : null;
  };

  /** A picture is shown and a link followed also while the database is away, or slow. */
  const record = async (request: FastifyRequest, link: Parameters<typeof recordVisit>[0]["link"]) => {
    if (request.method !== "GET") return;
    const userAgent = request.headers["user-agent"] ?? null;
    const recorded = recordVisit({ link, userAgent, ip: request.ip }).catch((err: unknown) =>
      log.warn({ event: "http.visit-lost", message: link.messageId, err }),
    );
    const done = new AbortController();
    const late = clock.sleep(MAX_WAIT_MS, done.signal).catch(() => undefined);
    await Promise.race([recorded, late]);
    done.abort();
  };

  app.get("/o/*", { schema }, async (request, reply) => {
    const link = linkOf(request);
    if (link?.kind === "open") await record(request, link);
    // The same picture for every link: a broken one must not show in the message.
    return reply.headers(COMMON_HEADERS).type("image/gif").send(PIXEL);
  });

  app.get("/c/*", { schema }, async (request, reply) => {
    const link = linkOf(request);
    if (link?.kind !== "click") return show(reply, NO_SUCH_LINK);
    await record(request, link);
    return reply.headers(COMMON_HEADERS).redirect(link.url, 302);
  });

  /** As many at once as the database is to be asked for people without a key. */
  const limited = async (reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> => {
    if (underWay >= MAX_UNDER_WAY) return show(reply.header("retry-after", "1"), TRY_LATER);
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
    }
  };

  const apply = async (
    link: PreferenceLink,
    form: RecipientForm,
    ip: string,
  ): Promise<Preferences | null> => {
    switch (form.action) {
      case "one-click":
        // Only the address in List-Unsubscribe is meant for it.
        return link.kind === "unsubscribe" ? await preferences.unsubscribe(link, ip) : null;
      case "unsubscribe":
        return await preferences.unsubscribe(link, ip);
      case "resubscribe":
        return await preferences.resubscribe(link);
      case "choose":
        return await preferences.choose(link, form.groups, ip);
    }
  };

  const pageOf = (shown: Preferences, link: PreferenceLink, form: RecipientForm | null): Page => {
    if (link.kind === "preferences") return preferencesPage(shown, { isSaved: form !== null });
    const { messageId, ordinal } = link;
    return unsubscribePage(shown, {
      isBack: form?.action === "resubscribe",
      preferencesPath: recipientLinks.pathOf({ kind: "preferences", messageId, ordinal }),
    });
  };

  for (const url of ["/u/*", "/p/*"]) {
    app.get(url, { schema }, async (request, reply) => {
      const link = preferenceLinkOf(request);
      if (link === null) return show(reply, NO_SUCH_LINK);
      return await limited(reply, async () => {
        const shown = await preferences.read(link);
        return show(reply, shown === null ? NO_SUCH_LINK : pageOf(shown, link, null));
      });
    });

    app.post(url, { schema }, async (request, reply) => {
      const link = preferenceLinkOf(request);
      if (link === null) return show(reply, NO_SUCH_LINK);
      const form = await readRecipientForm(request.headers["content-type"], request.body);
      if (form === null) return show(reply, BAD_FORM);
      return await limited(reply, async () => {
        const shown = await apply(link, form, request.ip);
        if (shown === null) return show(reply, NO_SUCH_LINK);
        // Never for one click: who asks for that takes a redirect for a failure (RFC 8058 §3.1).
        if (form.action === "unsubscribe" && shown.landing !== null) {
          return reply.headers(COMMON_HEADERS).redirect(shown.landing, 303);
        }
        return show(reply, pageOf(shown, link, form));
      });
    });
  }
}

function show(reply: FastifyReply, page: Page): FastifyReply {
  return reply.code(page.status).headers(pageHeaders(page)).type("text/html; charset=utf-8").send(page.html);
}
