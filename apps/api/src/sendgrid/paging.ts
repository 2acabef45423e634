import type { FastifyRequest } from "fastify";

/** The highest offset that is taken; nobody gets there by following links. */
export const MAX_OFFSET = 2_147_483_647;

/**
 * The `Link` header of a page (RFC 8288), as SendGrid writes it: `next`, `prev`, `first` and `last`, each with the number of its
 * page; `next` and `prev` only where there is one.
 *
 * @param page in rows: where it begins, how many it has at most, how many there are in all
 */
export function pageLinks(
  request: FastifyRequest,
  page: { readonly limit: number; readonly offset: number; readonly total: number },
): string {
  const { limit, offset, total } = page;
  const lastOffset = Math.max(0, Math.ceil(total / limit) - 1) * limit;
  const link = (rel: string, to: number): string => {
    const url = new URL(request.url, `${request.protocol}://${request.host}`);
    url.searchParams.set("limit", String(limit));
    url.searchParams.set("offset", String(to));
    return `<${url.href}>; rel="${rel}"; title="${Math.floor(to / limit) + 1}"`;
  };
  return [
    ...(offset + limit < total ? [link("next", offset + limit)] : []),
    ...(offset > 0 ? [link("prev", Math.max(0, offset - limit))] : []),
    link("last", lastOffset),
    link("first", 0),
  ].join(", ");
}
