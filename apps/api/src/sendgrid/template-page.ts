import type { Template } from "@waxwing/store";
import type { FastifyRequest } from "fastify";
import { sendgridError } from "./errors.ts";

/** A page of templates that is asked for. */
export interface TemplatePage {
  readonly generations: ReadonlySet<Template["generation"]>;
  readonly paged: boolean;
  readonly offset: number;
  readonly size: number;
}

/** Reads which templates are asked for. @throws SendgridError for an unknown generation or a token of no page. */
export function readTemplatePage(query: {
  readonly generations?: string;
  readonly page_size?: number;
  readonly page_token?: string;
}): TemplatePage {
  const { generations = "legacy", page_size: size, page_token: token } = query;
  const named = generations.split(",").map((name) => name.trim());
  if (!named.every((name) => name === "legacy" || name === "dynamic")) {
    throw sendgridError("generations", "generations must be legacy, dynamic or legacy,dynamic");
  }
  return {
    generations: new Set(named),
    paged: size !== undefined,
    offset: token === undefined ? 0 : readToken(token),
    size: size ?? Number.POSITIVE_INFINITY,
  };
}

/** `_metadata` of a page: how many templates there are in all, and where the pages before and after are. */
export function templatePageLinks(
  request: FastifyRequest,
  page: TemplatePage,
  count: number,
): { readonly self: string; readonly prev?: string; readonly next?: string; readonly count: number } {
  const { offset, size } = page;
  const link = (to: number): string => {
    const url = new URL(request.url, `${request.protocol}://${request.host}`);
    url.searchParams.set("page_token", writeToken(to));
    return url.href;
  };
  return {
    self: link(offset),
    ...(offset > 0 && { prev: link(Math.max(0, offset - size)) }),
    ...(offset + size < count && { next: link(offset + size) }),
    count,
  };
}

function writeToken(offset: number): string {
  return Buffer.from(`templates ${offset}`).toString("base64url");
}

function readToken(token: string): number {
  const offset = /^templates (\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1];
  if (offset === undefined) throw sendgridError("page_token", "page_token is not one of an earlier answer");
  return Number(offset);
}
