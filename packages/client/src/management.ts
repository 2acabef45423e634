import { items } from "./items.ts";
import type {
  ExplainRouteQuery,
  GetQueueQuery,
  GetStatsQuery,
  ListAuditLogAnswer,
  ListSuppressionsAnswer,
  ListSuppressionsQuery,
  ListWebhookDeliveriesAnswer,
  ListWebhookDeliveriesQuery,
} from "./operations.ts";
import type { AnswerOf, BodyOf, Call, CallOptions, RequestOf } from "./transport.ts";

/** What a project has, beside messages and events: by resource. */
export function managementOf(call: Call) {
  return {
    domains: {
      ...collection(call, "createDomain", "listDomains", "getDomain", "deleteDomain"),
      /** How it receives mail. */
      change: (id: string, body: BodyOf<"changeDomain">, options?: CallOptions) =>
        call("changeDomain", { params: { id }, body }, options),
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
    webhooks: {
      ...collection(call, "createWebhook", "listWebhooks", "getWebhook", "deleteWebhook"),
      change: (id: string, body: BodyOf<"updateWebhook">, options?: CallOptions) =>
        call("updateWebhook", { params: { id }, body }, options),
      /** For a while posts are signed with both. */
      rotateSecret: (id: string, body: BodyOf<"rotateWebhookSecret"> = {}, options?: CallOptions) =>
        call("rotateWebhookSecret", { params: { id }, body }, options),
      /** What became of each event, newest first, page by page as they are taken. */
      deliveries: (id: string, query: ListWebhookDeliveriesQuery = {}, options?: CallOptions) =>
        items(
          (cursor?: string): Promise<ListWebhookDeliveriesAnswer> =>
            call(
              "listWebhookDeliveries",
              { params: { id }, query: { ...query, ...(cursor !== undefined && { cursor }) } },
              options,
            ),
          (page) => page.deliveries,
        ),
      /** One event's delivery with all its tries. */
      delivery: (id: string, event: string, options?: CallOptions) =>
        call("getWebhookDelivery", { params: { id, event } }, options),
      replay: (id: string, body: BodyOf<"replayWebhook">, options?: CallOptions) =>
        call("replayWebhook", { params: { id }, body }, options),
      endReplay: (id: string, options?: CallOptions) => call("endWebhookReplay", { params: { id } }, options),
    },
    unsubscribeGroups: {
      create: (body: BodyOf<"createUnsubscribeGroup">, options?: CallOptions) =>
        call("createUnsubscribeGroup", { body }, options),
      list: (options?: CallOptions) => call("listUnsubscribeGroups", {}, options),
      get: (id: number, options?: CallOptions) =>
        call("getUnsubscribeGroup", { params: { id: String(id) } }, options),
      change: (id: number, body: BodyOf<"changeUnsubscribeGroup">, options?: CallOptions) =>
        call("changeUnsubscribeGroup", { params: { id: String(id) }, body }, options),
      delete: (id: number, options?: CallOptions) =>
        call("deleteUnsubscribeGroup", { params: { id: String(id) } }, options),
    },
    stats: {
      get: (query: GetStatsQuery = {}, options?: CallOptions) => call("getStats", { query }, options),
    },
    projects: {
      /** The one of the key. */
      own: (options?: CallOptions) => call("getOwnProject", {}, options),
      changeOwn: (body: BodyOf<"changeOwnProject">, options?: CallOptions) =>
        call("changeOwnProject", { body }, options),
      ...collection(call, "createProject", "listProjects", "getProject", "deleteProject"),
      change: (id: string, body: BodyOf<"changeProject">, options?: CallOptions) =>
        call("changeProject", { params: { id }, body }, options),
    },
    smtpCredentials: collection(
      call,
      "createSmtpCredential",
      "listSmtpCredentials",
      "getSmtpCredential",
      "deleteSmtpCredential",
    ),
    routes: {
      ...collection(call, "createRoute", "listRoutes", "getRoute", "deleteRoute"),
      change: (id: string, body: BodyOf<"changeRoute">, options?: CallOptions) =>
        call("changeRoute", { params: { id }, body }, options),
    },
    inboundRoutes: {
      ...collection(call, "createInboundRoute", "listInboundRoutes", "getInboundRoute", "deleteInboundRoute"),
      change: (id: string, body: BodyOf<"changeInboundRoute">, options?: CallOptions) =>
        call("changeInboundRoute", { params: { id }, body }, options),
      /** What became of what it was to post. */
      posts: (id: string, options?: CallOptions) => call("listInboundPosts", { params: { id } }, options),
    },
    tlsPolicies: {
      list: (options?: CallOptions) => call("listTlsPolicies", {}, options),
      /** @param domain a domain of recipients, or `*` */
      set: (domain: string, policy: BodyOf<"setTlsPolicy">["policy"], options?: CallOptions) =>
        call("setTlsPolicy", { body: { domain, policy } }, options),
      delete: (domain: string, options?: CallOptions) =>
        call("deleteTlsPolicy", { params: { domain } }, options),
    },
    shapingRules: {
      ...collection(call, "createShapingRule", "listShapingRules", "getShapingRule", "deleteShapingRule"),
      replace: (id: string, body: BodyOf<"replaceShapingRule">, options?: CallOptions) =>
        call("replaceShapingRule", { params: { id }, body }, options),
    },
    egressSources: {
      ...collection(call, "createEgressSource", "listEgressSources", "getEgressSource", "deleteEgressSource"),
      replace: (id: string, body: BodyOf<"replaceEgressSource">, options?: CallOptions) =>
        call("replaceEgressSource", { params: { id }, body }, options),
    },
    egressPools: {
      ...collection(call, "createEgressPool", "listEgressPools", "getEgressPool", "deleteEgressPool"),
      replace: (id: string, body: BodyOf<"replaceEgressPool">, options?: CallOptions) =>
        call("replaceEgressPool", { params: { id }, body }, options),
    },
    holds: collection(call, "createHold", "listHolds", "getHold", "deleteHold"),
    queue: {
      /** Which way a message would take, and why. */
      explain: (query: ExplainRouteQuery, options?: CallOptions) => call("explainRoute", { query }, options),
      get: (query: GetQueueQuery = {}, options?: CallOptions) => call("getQueue", { query }, options),
      requeue: (body: BodyOf<"requeue">, options?: CallOptions) => call("requeue", { body }, options),
      bounce: (body: BodyOf<"bounceQueued">, options?: CallOptions) =>
        call("bounceQueued", { body }, options),
    },
    mailboxes: {
      ...collection(call, "createMailbox", "listMailboxes", "getMailbox", "deleteMailbox"),
      /** Absent: one is made, and shown in the answer. */
      changePassword: (id: string, password?: string, options?: CallOptions) =>
        call("changeMailbox", { params: { id }, body: password === undefined ? {} : { password } }, options),
      change: (id: string, body: BodyOf<"changeMailbox">, options?: CallOptions) =>
        call("changeMailbox", { params: { id }, body }, options),
      usage: (id: string, options?: CallOptions) => call("getMailboxUsage", { params: { id } }, options),
      addAlias: (id: string, address: string, options?: CallOptions) =>
        call("createMailboxAlias", { params: { id }, body: { address } }, options),
      aliases: (id: string, options?: CallOptions) => call("listMailboxAliases", { params: { id } }, options),
      /** @param alias its id */
      deleteAlias: (id: string, alias: string, options?: CallOptions) =>
        call("deleteMailboxAlias", { params: { id, alias } }, options),
      createAppPassword: (id: string, body: BodyOf<"createAppPassword">, options?: CallOptions) =>
        call("createAppPassword", { params: { id }, body }, options),
      appPasswords: (id: string, options?: CallOptions) =>
        call("listAppPasswords", { params: { id } }, options),
      /** @param password its id */
      deleteAppPassword: (id: string, password: string, options?: CallOptions) =>
        call("deleteAppPassword", { params: { id, password } }, options),
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
      change: (id: string, body: BodyOf<"changeApiKey">, options?: CallOptions) =>
        call("changeApiKey", { params: { id }, body }, options),
      delete: (id: string, options?: CallOptions) => call("deleteApiKey", { params: { id } }, options),
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
  Create extends
    | "createDomain"
    | "createTemplate"
    | "createWebhook"
    | "createMailbox"
    | "createProject"
    | "createSmtpCredential"
    | "createRoute"
    | "createHold"
    | "createInboundRoute"
    | "createShapingRule"
    | "createEgressSource"
    | "createEgressPool",
  List extends
    | "listDomains"
    | "listTemplates"
    | "listWebhooks"
    | "listMailboxes"
    | "listProjects"
    | "listSmtpCredentials"
    | "listRoutes"
    | "listHolds"
    | "listInboundRoutes"
    | "listShapingRules"
    | "listEgressSources"
    | "listEgressPools",
  Get extends
    | "getDomain"
    | "getTemplate"
    | "getWebhook"
    | "getMailbox"
    | "getProject"
    | "getSmtpCredential"
    | "getRoute"
    | "getHold"
    | "getInboundRoute"
    | "getShapingRule"
    | "getEgressSource"
    | "getEgressPool",
  Delete extends
    | "deleteDomain"
    | "deleteTemplate"
    | "deleteWebhook"
    | "deleteMailbox"
    | "deleteProject"
    | "deleteSmtpCredential"
    | "deleteRoute"
    | "deleteHold"
    | "deleteInboundRoute"
    | "deleteShapingRule"
    | "deleteEgressSource"
    | "deleteEgressPool",
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
