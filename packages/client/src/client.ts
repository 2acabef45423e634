import type {
  Event,
  ListAuditLogAnswer,
  ListEventsAnswer,
  ListSuppressionsAnswer,
  ListSuppressionsQuery,
  SearchMessagesAnswer,
  SearchMessagesQuery,
} from "./operations.ts";
import {
  type AnswerOf,
  type Call,
  type CallOptions,
  type ClientOptions,
  createTransport,
  type OperationName,
  type RequestOf,
  sleep,
} from "./transport.ts";

type BodyOf<Name extends OperationName> = RequestOf<Name> extends { body: infer Body } ? Body : never;

/** What sending takes beside the message. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters. The same key with the same message is answered as the first time and sends nothing again, for
   * 24 hours. One is made for each call when absent, which makes the client's own repetitions safe; give one that your data knows,
   * such as an order's number, to make yours safe, too.
   */
  readonly idempotencyKey?: string;
}

/** Where to begin, and how much to ask for at once. */
export interface EventsOptions extends CallOptions {
  /** The `next` of a page that was dealt with; absent: the beginning of the log. */
  readonly after?: string;
  readonly limit?: number;
  /** Asks again at the end of the log, so often; absent: stops there. */
  readonly pollMs?: number;
}

/** The client: the native API by what one wants to do, and every operation by its name. */
export type Client = ReturnType<typeof createClient>;

/**
 * Makes a client of the native API. Nothing is connected before the first call; there is nothing to close. All calls may throw what
 * {@link Call} says.
 */
export function createClient(options: ClientOptions) {
  const call = createTransport(options);
  return {
    /** Any operation by its `operationId` in openapi.json. */
    call,
    /** Resolves when the message is stored durably. */
    send: (message: BodyOf<"send">, sending: SendOptions = {}) => call("send", { body: message }, sending),
    /** Up to 1,000 messages; one result for each, in order: a message that was refused does not throw. */
    sendBatch: (messages: BodyOf<"sendBatch">, sending: SendOptions = {}) =>
      call("sendBatch", { body: messages }, sending),
    messages: messagesOf(call),
    events: eventsOf(call),
    ...managementOf(call),
  };
}

function messagesOf(call: Call) {
  return {
    /** The message with its recipients, their attempts, and its timeline. */
    get: (id: string, options?: CallOptions) => call("getMessage", { params: { id } }, options),
    list: (query: SearchMessagesQuery = {}, options?: CallOptions) =>
      call("searchMessages", { query }, options),
    /** All that match, newest first, page by page as they are taken. */
    all: (query: SearchMessagesQuery = {}, options?: CallOptions) =>
      items(
        (after?: string): Promise<SearchMessagesAnswer> =>
          call("searchMessages", { query: { ...query, ...(after !== undefined && { after }) } }, options),
        (page) => page.messages,
      ),
    cancel: (id: string, options?: CallOptions) => call("cancelMessage", { params: { id } }, options),
    reschedule: (id: string, sendAt: Date, options?: CallOptions) =>
      call("rescheduleMessage", { params: { id }, body: { send_at: sendAt.toISOString() } }, options),
  };
}

function eventsOf(call: Call) {
  /** The log page by page, empty ones left out; keep `next` once a page is dealt with. */
  async function* pages(options: EventsOptions = {}): AsyncGenerator<ListEventsAnswer, void, void> {
    const { limit = 1_000, pollMs, signal } = options;
    let { after } = options;
    for (;;) {
      const query = { limit, ...(after !== undefined && { after }) };
      const page = await call("listEvents", { query }, signal === undefined ? {} : { signal });
      if (page.events.length > 0) yield page;
      after = page.next;
      if (page.events.length >= limit) continue;
      if (pollMs === undefined) return;
      await sleep(pollMs, signal);
    }
  }
  return {
    list: (query: RequestOf<"listEvents">["query"] = {}, options?: CallOptions) =>
      call("listEvents", { query }, options),
    pages,
    /** The events one by one. */
    async *all(options: EventsOptions = {}): AsyncGenerator<Event, void, void> {
      for await (const page of pages(options)) yield* page.events;
    },
  };
}

function managementOf(call: Call) {
  return {
    domains: {
      ...collection(call, "createDomain", "listDomains", "getDomain", "deleteDomain"),
      /** Looks at the domain's DNS now. */
      verify: (id: string, options?: CallOptions) => call("verifyDomain", { params: { id } }, options),
      rotateDkim: (id: string, body: BodyOf<"rotateDkimKey"> = {}, options?: CallOptions) =>
        call("rotateDkimKey", { params: { id }, body }, options),
    },
    templates: {
      ...collection(call, "createTemplate", "listTemplates", "getTemplate", "deleteTemplate"),
      rename: (id: string, name: string, options?: CallOptions) =>
        call("renameTemplate", { params: { id }, body: { name } }, options),
      createVersion: (id: string, body: BodyOf<"createTemplateVersion">, options?: CallOptions) =>
        call("createTemplateVersion", { params: { id }, body }, options),
      getVersion: (id: string, version: string, options?: CallOptions) =>
        call("getTemplateVersion", { params: { id, version } }, options),
      changeVersion: (
        id: string,
        version: string,
        body: BodyOf<"changeTemplateVersion">,
        options?: CallOptions,
      ) => call("changeTemplateVersion", { params: { id, version }, body }, options),
      deleteVersion: (id: string, version: string, options?: CallOptions) =>
        call("deleteTemplateVersion", { params: { id, version } }, options),
      /** From now on this version is the one that is sent. */
      activate: (id: string, version: string, options?: CallOptions) =>
        call("activateTemplateVersion", { params: { id, version } }, options),
      render: (id: string, body: BodyOf<"renderTemplate"> = {}, options?: CallOptions) =>
        call("renderTemplate", { params: { id }, body }, options),
    },
    webhooks: collection(call, "createWebhook", "listWebhooks", "getWebhook", "deleteWebhook"),
    mailboxes: {
      ...collection(call, "createMailbox", "listMailboxes", "getMailbox", "deleteMailbox"),
      /** Absent: one is made, and shown in the answer. */
      changePassword: (id: string, password?: string, options?: CallOptions) =>
        call(
          "changeMailboxPassword",
          { params: { id }, body: password === undefined ? {} : { password } },
          options,
        ),
    },
    suppressions: {
      add: (body: BodyOf<"createSuppression">, options?: CallOptions) =>
        call("createSuppression", { body }, options),
      list: (query: ListSuppressionsQuery = {}, options?: CallOptions) =>
        call("listSuppressions", { query }, options),
      all: (query: ListSuppressionsQuery = {}, options?: CallOptions) =>
        items(
          (cursor?: string): Promise<ListSuppressionsAnswer> =>
            call(
              "listSuppressions",
              { query: { ...query, ...(cursor !== undefined && { cursor }) } },
              options,
            ),
          (page) => page.suppressions,
        ),
      /** Lets the address be written to again. */
      delete: (address: string, options?: CallOptions) =>
        call("deleteSuppression", { params: { address } }, options),
      /** CSV. */
      export: (options?: CallOptions) => call("exportSuppressions", {}, options),
      /** CSV as the export writes it, or just addresses; all of it is taken, or nothing. */
      import: (csv: string, options?: CallOptions) => call("importSuppressions", { body: csv }, options),
    },
    apiKeys: {
      create: (body: BodyOf<"createApiKey">, options?: CallOptions) =>
        call("createApiKey", { body }, options),
      list: (options?: CallOptions) => call("listApiKeys", {}, options),
      delete: (id: string, options?: CallOptions) => call("deleteApiKey", { params: { id } }, options),
    },
    smtpCredentials: {
      create: (body: BodyOf<"createSmtpCredential">, options?: CallOptions) =>
        call("createSmtpCredential", { body }, options),
      list: (options?: CallOptions) => call("listSmtpCredentials", {}, options),
      get: (id: string, options?: CallOptions) => call("getSmtpCredential", { params: { id } }, options),
      delete: (id: string, options?: CallOptions) =>
        call("deleteSmtpCredential", { params: { id } }, options),
    },
    auditLog: {
      all: (options?: CallOptions) =>
        items(
          (cursor?: string): Promise<ListAuditLogAnswer> =>
            call("listAuditLog", { query: cursor === undefined ? {} : { cursor } }, options),
          (page) => page.entries,
        ),
    },
  };
}

/** The four things that can be done with most resources. */
function collection<
  Create extends "createDomain" | "createTemplate" | "createWebhook" | "createMailbox",
  List extends "listDomains" | "listTemplates" | "listWebhooks" | "listMailboxes",
  Get extends "getDomain" | "getTemplate" | "getWebhook" | "getMailbox",
  Delete extends "deleteDomain" | "deleteTemplate" | "deleteWebhook" | "deleteMailbox",
>(call: Call, create: Create, list: List, get: Get, remove: Delete) {
  return {
    create: (body: BodyOf<Create>, options?: CallOptions): Promise<AnswerOf<Create>> =>
      call(create, { body } as unknown as RequestOf<Create>, options),
    list: (options?: CallOptions): Promise<AnswerOf<List>> => call(list, {} as RequestOf<List>, options),
    get: (id: string, options?: CallOptions): Promise<AnswerOf<Get>> =>
      call(get, { params: { id } } as unknown as RequestOf<Get>, options),
    delete: (id: string, options?: CallOptions): Promise<AnswerOf<Delete>> =>
      call(remove, { params: { id } } as unknown as RequestOf<Delete>, options),
  };
}

async function* items<Page extends { readonly next: string | null }, Item>(
  read: (cursor?: string) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): AsyncGenerator<Item, void, void> {
  let page = await read();
  for (;;) {
    yield* itemsOf(page);
    if (page.next === null) return;
    page = await read(page.next);
  }
}
