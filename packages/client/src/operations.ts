// Generated from openapi/openapi.json by `node apps/api/generate.ts`; do not edit.

export type Problem = {
  /** `urn:waxwing:problem:<code>`; the codes are in docs/errors.md. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was wrong this time, for people. */
  readonly detail: string;
  /** Names the incident in the server's log; with 5xx only. */
  readonly instance?: string;
  /** Every field that is wrong, by its path in the request; at most 100. */
  readonly errors: readonly {
    readonly field: string;
    readonly message: string;
  }[];
};

export type TimelineEvent = {
  /** Unique: use it to drop duplicates. */
  readonly id: string;
  /** One of: accepted, processed, deferred, delivered, bounced, dropped, cancelled, expired, opened, clicked, complained, unsubscribed, replied, received. More may come. */
  readonly type: string;
  readonly created_at: string;
  readonly recipient_id: string | null;
  /** What the type says; always `email`, and the message's `tags` and `metadata` where there are any. */
  readonly data: Readonly<Record<string, unknown>>;
};

export type Event = {
  /** Unique: use it to drop duplicates. */
  readonly id: string;
  /** One of: accepted, processed, deferred, delivered, bounced, dropped, cancelled, expired, opened, clicked, complained, unsubscribed, replied, received. More may come. */
  readonly type: string;
  readonly created_at: string;
  readonly recipient_id: string | null;
  /** What the type says; always `email`, and the message's `tags` and `metadata` where there are any. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly message_id: string | null;
};

export type Message = {
  readonly id: string;
  readonly from: {
    readonly email: string;
    readonly name?: string;
  };
  readonly to: readonly {
    readonly email: string;
    readonly name?: string;
  }[];
  readonly cc: readonly {
    readonly email: string;
    readonly name?: string;
  }[];
  readonly subject: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: "urgent" | "standard" | "bulk";
  readonly accepted_at: string;
  readonly send_at: string | null;
  readonly recipients: readonly {
    readonly id: string;
    readonly email: string;
    /** `envelope`: by SMTP. */
    readonly role: "to" | "cc" | "bcc" | "envelope";
    readonly state: "queued" | "sending" | "deferred" | "delivered" | "bounced" | "dropped" | "cancelled" | "expired";
    readonly held: {
      readonly kind: "site" | "domain" | "project" | "tag";
      readonly value: string | null;
      readonly reason: string | null;
      readonly until: string | null;
    } | null;
    readonly attempts: readonly {
      /** From 1. */
      readonly number: number;
      readonly outcome: "delivered" | "deferred" | "bounced" | "unknown";
      readonly started_at: string;
      readonly duration_ms: number;
      readonly host: string | null;
      readonly remote_address: string | null;
      readonly tls: {
        readonly version: string;
        readonly cipher: string;
        readonly verified: boolean;
      } | null;
      readonly tls_policy: {
        readonly policy: string;
        readonly source: string;
        readonly verified: boolean;
        readonly reason: string;
      } | null;
      readonly code: number | null;
      readonly enhanced_code: string | null;
      /** The last words of the other side, or ours where there were none. */
      readonly reply: string;
      /** The name of the rule that decided. */
      readonly rule: string;
      readonly class: "invalid-recipient" | "malformed-address" | "bad-domain" | "mailbox-moved" | "inactive-mailbox" | "mailbox-full" | "mailbox-unavailable" | "greylisted" | "rate-limited" | "too-many-connections" | "reputation" | "blocklisted" | "host-identity" | "authentication-failed" | "spam-content" | "virus" | "attachment" | "too-large" | "malformed-message" | "invalid-sender" | "sender-blocked" | "policy" | "relay-denied" | "tls-required" | "protocol-error" | "misconfigured" | "system-unavailable" | "routing" | "dns-failure" | "no-answer" | "connection-lost" | "expired-elsewhere" | "local-error" | "unclassified" | null;
      readonly sendgrid_class: string | null;
      readonly kumomta_class: string | null;
      readonly scope: "message" | "recipient" | "connection" | "site" | null;
      readonly egress: string | null;
      readonly conversation: string | null;
      readonly advice: string | null;
    }[];
    readonly advice: string | null;
    readonly last_reply: string | null;
    readonly next_attempt_at: string | null;
    readonly updated_at: string;
  }[];
  /** Everything that happened to it, oldest first. */
  readonly timeline: readonly TimelineEvent[];
};

export type Template = {
  /** For `template` of `POST /send`. */
  readonly id: string;
  readonly name: string;
  /** The version that is sent; null while there is none. */
  readonly active_version_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** Oldest first. */
  readonly versions: readonly {
    readonly id: string;
    readonly name: string;
    /** Whether this version is the one that is sent. */
    readonly active: boolean;
    readonly created_at: string;
    readonly updated_at: string;
  }[];
};

export type TemplateVersion = {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Whether this version is the one that is sent. */
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly template_id: string;
  /** Handlebars, at most 4000 characters. When absent or null, each message brings its own. */
  readonly subject: string | null;
  /** Handlebars, at most 1048576 characters. Variables are escaped. */
  readonly html: string | null;
  /** Handlebars. When absent or null, it is made from html. Variables are not escaped. */
  readonly text: string | null;
  /** Whether a missing variable is an error; otherwise it is nothing. False when absent. */
  readonly strict: boolean;
  /** Variables to try it with. */
  readonly test_data: Readonly<Record<string, unknown>>;
};

export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly format: "waxwing" | "sendgrid";
  readonly name: string | null;
  /** Empty: all. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  /** When it was disabled. */
  readonly disabled_at: string | null;
  /** `requested`; `gone`: its endpoint answered 410; `failing`: its endpoint took nothing for `disable_after_hours`. null while it is enabled. */
  readonly disabled_reason: string | null;
  /** The first failure since the last success; a failure after 30 hours without any counts as the first. */
  readonly failing_since: string | null;
  readonly retry_hours: number;
  readonly disable_after_hours: number;
  /** So long posts are signed with the secret before this one, too. */
  readonly previous_secret_until: string | null;
  /** It is being told once more what it was told before. */
  readonly replaying: boolean;
  /** ECDSA P-256 key that signatures in SendGrid's format are verified with: SPKI in DER, base64. */
  readonly public_key: string | null;
  readonly created_at: string;
};

export type WebhookDelivery = {
  readonly event_id: string;
  /** null for what was delivered before types were kept. */
  readonly event_type: string | null;
  /** null for events about no message. */
  readonly message_id: string | null;
  /** Its number among the events of its message that this webhook is told. */
  readonly sequence: number | null;
  /** `pending`: it will be tried, or tried again; `failed`: it was given up. */
  readonly state: "pending" | "delivered" | "failed";
  /** Tries since it was last given up or replayed. */
  readonly attempts: number;
  /** When it is tried next. */
  readonly due_at: string | null;
  /** HTTP status of the last answer; null where there was none. */
  readonly status: number | null;
  /** Why the last try failed. */
  readonly error: string | null;
  /** How long the last try took. */
  readonly duration_ms: number | null;
  readonly updated_at: string;
};

export type InboundRoute = {
  readonly id: string;
  readonly pattern: string;
  readonly position: number;
  readonly actions: readonly ({
    readonly type: "mailbox";
    /** A mailbox of the project. Absent: where the mail would go without the route, if anywhere. */
    readonly address?: string;
  } | {
    readonly type: "webhook";
    /** http or https, without user and password. */
    readonly url: string;
    /** `waxwing` (when absent): JSON, with attachments in base64. `sendgrid`: the multipart/form-data of SendGrid's Inbound Parse. */
    readonly format?: "waxwing" | "sendgrid";
    /** The message as it came, in place of its text and attachments. */
    readonly raw?: boolean;
  } | {
    readonly type: "forward";
    readonly to: readonly string[];
  } | {
    readonly type: "drop";
  })[];
  readonly enabled: boolean;
  readonly created_at: string;
};

export type SendRequest = {
  /** A mailbox (RFC 5322), as text or in its parts. */
  readonly from: string | {
    readonly email: string;
    readonly name?: string;
  };
  /** Whom it is for. At most 1000 recipients in to, cc and bcc together. */
  readonly to: string | {
    readonly email: string;
    readonly name?: string;
  } | readonly (string | {
    readonly email: string;
    readonly name?: string;
  })[];
  /** Who gets a copy that everyone sees. */
  readonly cc?: string | {
    readonly email: string;
    readonly name?: string;
  } | readonly (string | {
    readonly email: string;
    readonly name?: string;
  })[];
  /** Who gets a copy that nobody sees. */
  readonly bcc?: string | {
    readonly email: string;
    readonly name?: string;
  } | readonly (string | {
    readonly email: string;
    readonly name?: string;
  })[];
  /** Where answers go, when not to the sender. */
  readonly reply_to?: string | {
    readonly email: string;
    readonly name?: string;
  } | readonly (string | {
    readonly email: string;
    readonly name?: string;
  })[];
  /** At most 998 characters. Needed, unless there is a template that has one. */
  readonly subject?: string;
  /** The plain text; made from html when absent. Text, html or an attachment is needed. */
  readonly text?: string;
  readonly html?: string;
  /** A template, whose active version makes html and text, and the subject where none is given here. */
  readonly template?: string;
  /** The values that the template names: any JSON object. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Further header fields, at most 64 KiB. Those that the platform writes itself cannot be set. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly {
    /** At most 255 characters. */
    readonly filename: string;
    /** Base64 (RFC 4648 section 4), padded, in one line. */
    readonly content: string;
    /** Media type; `application/octet-stream` when absent. */
    readonly type?: string;
    readonly disposition?: "attachment" | "inline";
    /** What html refers to as `cid:`. */
    readonly content_id?: string;
  }[];
  /** Labels for searching, of 1 to 255 characters. They come back in every event. */
  readonly tags?: readonly string[];
  /** Your own data, at most 10000 bytes of names and values. It comes back in every event. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** ISO 8601 with offset, at most 72 hours ahead. A time that has passed means now. */
  readonly send_at?: string;
  /** How long it is worth delivering, from `send_at` on. Then undelivered recipients are `expired`. */
  readonly ttl_seconds?: number;
  readonly priority?: "urgent" | "standard" | "bulk";
  /** The egress pool whose addresses it leaves from; `default` when absent. */
  readonly pool?: string;
  /** What to learn of the recipients. Off unless asked for. */
  readonly track?: {
    /** Put a pixel into the html; loading it is an `opened` event. */
    readonly opens?: boolean;
    /** Let links lead over this platform; following one is a `clicked` event. `true` and `html`: the links of the html, `all`: those of the text too. */
    readonly clicks?: boolean | "html" | "all";
    /** Let answers come to this platform, by a Reply-To of each recipient's own; one is a `replied` event. Cannot stand beside `reply_to`. */
    readonly replies?: boolean;
  };
  /** Offer to unsubscribe: List-Unsubscribe with one click (RFC 8058). Who does is not sent further mail, and an `unsubscribed` event says so. */
  readonly unsubscribe?: boolean | {
    /** From the mail of this unsubscribe group. */
    readonly group?: number;
  };
};

/** Stored durably. */
export type AcceptedMessage = {
  /** The message, for `GET /messages/{id}`. */
  readonly id: string;
  /** In the order to, cc, bcc. */
  readonly recipients: readonly {
    /** `<message id>.<number>` */
    readonly id: string;
    readonly email: string;
  }[];
};

export type Domain = {
  readonly id: string;
  readonly name: string;
  /** Only then can it send and receive. */
  readonly verified: boolean;
  readonly verified_at: string | null;
  readonly created_at: string;
  /** Where bounces go. */
  readonly return_path_host: string;
  /** A mailbox of the project that takes mail for addresses of the domain that nobody else takes; null: such mail is refused. */
  readonly catch_all: string | null;
  /** What becomes of mail whose From domain asks to reject what fails its DMARC check. `file`: the folder Junk. */
  readonly dmarc_failures: "file" | "reject";
  readonly checked_at: string | null;
  readonly records: readonly {
    readonly record: "dkim" | "return-path-mx" | "return-path-spf" | "dmarc" | "inbound-mx" | "tracking";
    readonly type: "TXT" | "MX" | "CNAME";
    readonly name: string;
    /** The value to publish. */
    readonly expected: string;
    /** Sending suffers without it. */
    readonly required: boolean;
    readonly why: string;
    /** Of the last look. `error`: the look-up failed, which says nothing about the record. */
    readonly verdict: "unchecked" | "ok" | "missing" | "mismatch" | "error";
    readonly found: readonly string[];
    readonly advice: string | null;
  }[];
  /** Advice: with them mail programs find the servers by themselves. Nothing else depends on them, and they are not looked at. */
  readonly mail_client_records: readonly {
    readonly type: "SRV";
    readonly name: string;
    readonly expected: string;
    readonly why: string;
  }[];
  readonly dkim_keys: readonly {
    readonly selector: string;
    readonly algorithm: string;
    /** `waiting`: its record was not seen yet. `retiring`: its successor signs; leave the record until it is gone from this list. */
    readonly state: "signing" | "waiting" | "retiring";
    readonly created_at: string;
  }[];
};

/** params of `POST /templates/{id}/versions/{version}/activate`: Make a version the one that is sent. */
export type ActivateTemplateVersionParams = {
  readonly id: string;
  readonly version: string;
};

/** answer of `POST /templates/{id}/versions/{version}/activate`: Make a version the one that is sent. */
export type ActivateTemplateVersionAnswer = TemplateVersion;

/** body of `POST /queue/bounce`: End what waits. */
export type BounceQueuedBody = {
  /** `site`: keys of the platform's first project only; `domain`: of the recipients. */
  readonly kind: "site" | "domain" | "project" | "tag" | "message";
  /** The site, domain, project id, tag or message id. Of a project it may be absent: the key's own. */
  readonly value?: string;
  /** Over all projects. Keys of the platform's first project only. */
  readonly platform?: boolean;
  /** Counts, and changes nothing. */
  readonly dry_run?: boolean;
  /** The `next` of an earlier answer to the same order. */
  readonly cursor?: string;
  /** Becomes part of the event, and of the report to an SMTP sender. */
  readonly reason: string;
};

/** answer of `POST /queue/bounce`: End what waits. */
export type BounceQueuedAnswer = {
  /** Recipients that the order was about. */
  readonly matched: number;
  /** How many were changed: 0 in a dry run, and those that a worker had are left out. */
  readonly changed: number;
  /** Repeat the order with it as `cursor`: not all of the queue was looked at. Null: it is done. */
  readonly next: string | null;
};

/** params of `POST /messages/{id}/cancel`: Cancel a message. */
export type CancelMessageParams = {
  readonly id: string;
};

/** answer of `POST /messages/{id}/cancel`: Cancel a message. */
export type CancelMessageAnswer = {
  readonly id: string;
  /** How many recipients this request cancelled. */
  readonly cancelled: number;
  /** All recipients of the message, as they are now. */
  readonly recipients: readonly {
    readonly id: string;
    readonly email: string;
    /** `sending`: being delivered at this moment and left alone; ask again to see what came of it. */
    readonly state: "queued" | "sending" | "deferred" | "delivered" | "bounced" | "dropped" | "cancelled" | "expired";
  }[];
};

/** params of `PATCH /api-keys/{id}`: Change an API key. */
export type ChangeApiKeyParams = {
  readonly id: string;
};

/** body of `PATCH /api-keys/{id}`: Change an API key. */
export type ChangeApiKeyBody = {
  /** For people. */
  readonly name?: string;
  /** What it may do. At most what the key that makes it may do; `*` is all. */
  readonly scopes?: readonly ("send" | "messages:read" | "events:read" | "stats:read" | "webhooks:read" | "webhooks:write" | "domains:read" | "domains:write" | "suppressions:read" | "suppressions:write" | "mailboxes:read" | "mailboxes:write" | "api-keys:read" | "api-keys:write" | "smtp-credentials:read" | "smtp-credentials:write" | "templates:read" | "templates:write" | "routes:read" | "routes:write" | "queue:read" | "queue:write" | "shaping:read" | "shaping:write" | "egress:read" | "egress:write" | "audit-log:read" | "project:read" | "projects:read" | "projects:write" | "*")[];
  /** Empty: from anywhere. */
  readonly allowed_ips?: readonly string[];
  readonly expires_at?: string | null;
  readonly rate_limit?: number | null;
  readonly daily_quota?: number | null;
};

/** answer of `PATCH /api-keys/{id}`: Change an API key. */
export type ChangeApiKeyAnswer = {
  readonly id: string;
  readonly name: string;
  /** The middle part of the key, by which it can be recognised. */
  readonly public_id: string;
  readonly scopes: readonly string[];
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly rate_limit: number | null;
  readonly daily_quota: number | null;
  readonly last_used_at: string | null;
  readonly created_at: string;
};

/** params of `PATCH /domains/{id}`: Change how a domain receives mail. */
export type ChangeDomainParams = {
  readonly id: string;
};

/** body of `PATCH /domains/{id}`: Change how a domain receives mail. */
export type ChangeDomainBody = {
  /** A mailbox of the project that takes mail for addresses of the domain that nobody else takes; null: such mail is refused. */
  readonly catch_all?: string | null;
  /** What becomes of mail whose From domain asks to reject what fails its DMARC check. `file`: the folder Junk. */
  readonly dmarc_failures?: "file" | "reject";
};

/** answer of `PATCH /domains/{id}`: Change how a domain receives mail. */
export type ChangeDomainAnswer = Domain;

/** params of `PATCH /inbound-routes/{id}`: Change an inbound route. */
export type ChangeInboundRouteParams = {
  readonly id: string;
};

/** body of `PATCH /inbound-routes/{id}`: Change an inbound route. */
export type ChangeInboundRouteBody = {
  /** `local@domain`. `*` in the local part is any number of characters; as the domain, each domain of the project. What follows a plus in an address does not count, unless the pattern has a plus. */
  readonly pattern?: string;
  readonly actions?: readonly ({
    readonly type: "mailbox";
    /** A mailbox of the project. Absent: where the mail would go without the route, if anywhere. */
    readonly address?: string;
  } | {
    readonly type: "webhook";
    /** http or https, without user and password. */
    readonly url: string;
    /** `waxwing` (when absent): JSON, with attachments in base64. `sendgrid`: the multipart/form-data of SendGrid's Inbound Parse. */
    readonly format?: "waxwing" | "sendgrid";
    /** The message as it came, in place of its text and attachments. */
    readonly raw?: boolean;
  } | {
    readonly type: "forward";
    readonly to: readonly string[];
  } | {
    readonly type: "drop";
  })[];
  /** Lower ones are looked at first; of equal ones the older. */
  readonly position?: number;
  readonly enabled?: boolean;
};

/** answer of `PATCH /inbound-routes/{id}`: Change an inbound route. */
export type ChangeInboundRouteAnswer = InboundRoute;

/** params of `PATCH /mailboxes/{id}`: Change a mailbox's password or settings. */
export type ChangeMailboxParams = {
  readonly id: string;
};

/** body of `PATCH /mailboxes/{id}`: Change a mailbox's password or settings. */
export type ChangeMailboxBody = {
  /** 8 to 256 characters without control characters; made when absent. */
  readonly password?: string;
  /** What all its folders together may hold; null: any number of bytes. */
  readonly quota_bytes?: number | null;
  /** The same in messages. */
  readonly quota_messages?: number | null;
  /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
  readonly retention_days?: number | null;
  /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
  readonly pop3_deletion?: "remove" | "hide";
  /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
  readonly mirror_sent?: boolean;
};

/** answer of `PATCH /mailboxes/{id}`: Change a mailbox's password or settings. */
export type ChangeMailboxAnswer = {
  readonly id: string;
  readonly address: string;
  /** What all its folders together may hold; null: any number of bytes. */
  readonly quota_bytes: number | null;
  /** The same in messages. */
  readonly quota_messages: number | null;
  /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
  readonly retention_days: number | null;
  /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
  readonly pop3_deletion: "remove" | "hide";
  /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
  readonly mirror_sent: boolean;
  readonly created_at: string;
  /** The password that was made, shown this once; null when you gave one, or none was changed. */
  readonly password: string | null;
};

/** body of `PATCH /project`: Change the API key's own project. */
export type ChangeOwnProjectBody = {
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
};

/** answer of `PATCH /project`: Change the API key's own project. */
export type ChangeOwnProjectAnswer = {
  readonly id: string;
  readonly name: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
  readonly created_at: string;
  /** Recipients accepted on this day (UTC), counted while the project has a quota; null: none were counted. */
  readonly recipients_today: number | null;
};

/** params of `PATCH /projects/{id}`: Change a project. */
export type ChangeProjectParams = {
  readonly id: string;
};

/** body of `PATCH /projects/{id}`: Change a project. */
export type ChangeProjectBody = {
  /** For people. */
  readonly name?: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit?: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota?: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces?: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
};

/** answer of `PATCH /projects/{id}`: Change a project. */
export type ChangeProjectAnswer = {
  readonly id: string;
  readonly name: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
  readonly created_at: string;
  /** Recipients accepted on this day (UTC), counted while the project has a quota; null: none were counted. */
  readonly recipients_today: number | null;
};

/** params of `PATCH /routes/{id}`: Change a route. */
export type ChangeRouteParams = {
  readonly id: string;
};

/** body of `PATCH /routes/{id}`: Change a route. */
export type ChangeRouteBody = {
  /** A name or an address. Routes of projects other than the platform's first lead to public addresses only. */
  readonly host?: string;
  readonly port?: number;
  /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
  readonly tls?: "none" | "opportunistic" | "required" | "verified";
  /** TLS from the first octet on, as on port 465. */
  readonly implicit_tls?: boolean;
  /** null: log in no more. */
  readonly username?: string | null;
  /** Kept sealed, and never shown. */
  readonly password?: string;
};

/** answer of `PATCH /routes/{id}`: Change a route. */
export type ChangeRouteAnswer = {
  readonly id: string;
  readonly pattern: string;
  readonly host: string;
  readonly port: number;
  /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
  readonly tls: "none" | "opportunistic" | "required" | "verified";
  readonly implicit_tls: boolean;
  readonly username: string | null;
  readonly platform: boolean;
  readonly created_at: string;
};

/** params of `PATCH /templates/{id}/versions/{version}`: Change what a version says. */
export type ChangeTemplateVersionParams = {
  readonly id: string;
  readonly version: string;
};

/** body of `PATCH /templates/{id}/versions/{version}`: Change what a version says. */
export type ChangeTemplateVersionBody = {
  /** For people. */
  readonly name?: string;
  /** Handlebars, at most 4000 characters. When absent or null, each message brings its own. */
  readonly subject?: string | null;
  /** Handlebars, at most 1048576 characters. Variables are escaped. */
  readonly html?: string | null;
  /** Handlebars. When absent or null, it is made from html. Variables are not escaped. */
  readonly text?: string | null;
  /** Whether a missing variable is an error; otherwise it is nothing. False when absent. */
  readonly strict?: boolean;
  /** Variables to try it with. */
  readonly test_data?: Readonly<Record<string, unknown>>;
};

/** answer of `PATCH /templates/{id}/versions/{version}`: Change what a version says. */
export type ChangeTemplateVersionAnswer = TemplateVersion;

/** params of `PATCH /unsubscribe-groups/{id}`: Change an unsubscribe group. */
export type ChangeUnsubscribeGroupParams = {
  readonly id: string;
};

/** body of `PATCH /unsubscribe-groups/{id}`: Change an unsubscribe group. */
export type ChangeUnsubscribeGroupBody = {
  /** Shown to recipients; once in a project. */
  readonly name?: string;
  /** Shown to recipients. */
  readonly description?: string;
  /** At most one is; a new one takes the place of the old. */
  readonly is_default?: boolean;
};

/** answer of `PATCH /unsubscribe-groups/{id}`: Change an unsubscribe group. */
export type ChangeUnsubscribeGroupAnswer = {
  readonly id: number;
  /** Shown to recipients; once in a project. */
  readonly name: string;
  /** Shown to recipients. */
  readonly description: string;
  /** At most one is; a new one takes the place of the old. */
  readonly is_default: boolean;
  /** How many addresses have left it. */
  readonly unsubscribes: number;
  readonly created_at: string;
};

/** body of `POST /api-keys`: Create an API key. */
export type CreateApiKeyBody = {
  /** For people. */
  readonly name: string;
  /** What it may do. At most what the key that makes it may do; `*` is all. */
  readonly scopes: readonly ("send" | "messages:read" | "events:read" | "stats:read" | "webhooks:read" | "webhooks:write" | "domains:read" | "domains:write" | "suppressions:read" | "suppressions:write" | "mailboxes:read" | "mailboxes:write" | "api-keys:read" | "api-keys:write" | "smtp-credentials:read" | "smtp-credentials:write" | "templates:read" | "templates:write" | "routes:read" | "routes:write" | "queue:read" | "queue:write" | "shaping:read" | "shaping:write" | "egress:read" | "egress:write" | "audit-log:read" | "project:read" | "projects:read" | "projects:write" | "*")[];
  /** Addresses and CIDR ranges it may be used from, over HTTP and SMTP; anywhere when absent. */
  readonly allowed_ips?: readonly string[];
  /** ISO 8601 with offset; never when absent. */
  readonly expires_at?: string;
  /** Requests per second; twice as many may come at once. An SMTP message counts as one. */
  readonly rate_limit?: number;
  /** Recipients accepted on a day (UTC), over HTTP and SMTP. */
  readonly daily_quota?: number;
};

/** answer of `POST /api-keys`: Create an API key. */
export type CreateApiKeyAnswer = {
  readonly id: string;
  readonly name: string;
  /** The middle part of the key, by which it can be recognised. */
  readonly public_id: string;
  readonly scopes: readonly string[];
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly rate_limit: number | null;
  readonly daily_quota: number | null;
  readonly last_used_at: string | null;
  readonly created_at: string;
  /** `SG.<22 characters>.<43 characters>`. Shown this once, and kept nowhere. */
  readonly key: string;
};

/** params of `POST /mailboxes/{id}/app-passwords`: Create an app password. */
export type CreateAppPasswordParams = {
  readonly id: string;
};

/** body of `POST /mailboxes/{id}/app-passwords`: Create an app password. */
export type CreateAppPasswordBody = {
  /** For people. */
  readonly name: string;
  /** What it opens: the mailbox over IMAP or POP3, and sending from its addresses over SMTP. */
  readonly scopes: readonly ("imap" | "pop3" | "submission")[];
};

/** answer of `POST /mailboxes/{id}/app-passwords`: Create an app password. */
export type CreateAppPasswordAnswer = {
  readonly id: string;
  readonly name: string;
  /** What it opens: the mailbox over IMAP or POP3, and sending from its addresses over SMTP. */
  readonly scopes: readonly ("imap" | "pop3" | "submission")[];
  /** To the minute; null: never. */
  readonly last_used_at: string | null;
  readonly created_at: string;
  /** Shown this once; the user name beside it is an address of the mailbox. */
  readonly password: string;
};

/** body of `POST /domains`: Add a domain. */
export type CreateDomainBody = {
  /** Such as `shop.example`; Unicode names are taken as their ASCII form (RFC 5890). */
  readonly name: string;
};

/** answer of `POST /domains`: Add a domain. */
export type CreateDomainAnswer = Domain;

/** body of `POST /egress-pools`: Create an egress pool. */
export type CreateEgressPoolBody = {
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
  readonly name: string;
  readonly members: readonly {
    /** The name of a source. */
    readonly source: string;
    /** Its share of the pool's mail. */
    readonly weight: number;
  }[];
  /** The pool that takes what no source of this one may take today; null: it waits. */
  readonly overflow?: string | null;
  /** Ids of the projects that may use it; empty: all. */
  readonly projects?: readonly string[];
};

/** answer of `POST /egress-pools`: Create an egress pool. */
export type CreateEgressPoolAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
  readonly name: string;
  readonly members: readonly {
    /** The name of a source. */
    readonly source: string;
    /** Its share of the pool's mail. */
    readonly weight: number;
  }[];
  /** The pool that takes what no source of this one may take today; null: it waits. */
  readonly overflow: string | null;
  /** Ids of the projects that may use it; empty: all. */
  readonly projects: readonly string[];
  readonly created_at: string;
};

/** body of `POST /egress-sources`: Create an egress source. */
export type CreateEgressSourceBody = {
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
  readonly name: string;
  /** The address of this machine that connections come from; null: the system's choice. */
  readonly local_address?: string | null;
  /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
  readonly helo_name?: string | null;
  /** A server that takes everything from here; null: each site's own servers. */
  readonly relay?: {
    /** A name or an address. */
    readonly host: string;
    readonly port: number;
    /** TLS from the first octet on, as on port 465. */
    readonly implicit_tls?: boolean;
    /** Said over TLS only. */
    readonly username?: string | null;
    /** Kept sealed, and never shown. Absent in a change, it stays while host, port and user do. */
    readonly password?: string;
  } | null;
  /** Over all sites and processes; null: any number. */
  readonly messages_per_second?: number | null;
  /** How much it may send on each of its first days, over all pools and processes; null: any number. */
  readonly warm_up?: {
    /** The first day (UTC). Before it nothing is sent. */
    readonly start: string;
    /** Messages on each day; after the last one any number. */
    readonly daily_caps: readonly number[];
  } | null;
};

/** answer of `POST /egress-sources`: Create an egress source. */
export type CreateEgressSourceAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
  readonly name: string;
  /** The address of this machine that connections come from; null: the system's choice. */
  readonly local_address: string | null;
  /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
  readonly helo_name: string | null;
  /** null: each site's own servers. */
  readonly relay: {
    /** A name or an address. */
    readonly host: string;
    readonly port: number;
    readonly implicit_tls: boolean;
    readonly username: string | null;
  } | null;
  /** Over all sites and processes; null: any number. */
  readonly messages_per_second: number | null;
  /** How much it may send on each of its first days, over all pools and processes; null: any number. */
  readonly warm_up: {
    /** The first day (UTC). Before it nothing is sent. */
    readonly start: string;
    /** Messages on each day; after the last one any number. */
    readonly daily_caps: readonly number[];
  } | null;
  readonly created_at: string;
};

/** body of `POST /holds`: Hold mail back. */
export type CreateHoldBody = {
  /** `site`: a destination as `GET /queue` names it, keys of the platform's first project only; `domain`: of the recipients; `project`; `tag`. */
  readonly kind: "site" | "domain" | "project" | "tag";
  /** What is held: the site, domain, project id or tag. Of a project it may be absent: the key's own. */
  readonly value?: string;
  /** For people. */
  readonly reason?: string;
  /** When it ends by itself; absent: when it is deleted. */
  readonly until?: string;
  /** Holds the mail of all projects. Keys of the platform's first project only. */
  readonly platform?: boolean;
};

/** answer of `POST /holds`: Hold mail back. */
export type CreateHoldAnswer = {
  readonly id: string;
  /** `site`: a destination as `GET /queue` names it, keys of the platform's first project only; `domain`: of the recipients; `project`; `tag`. */
  readonly kind: "site" | "domain" | "project" | "tag";
  readonly value: string;
  /** For people. */
  readonly reason: string;
  readonly until: string | null;
  readonly platform: boolean;
  /** The API key that asked for it; null: the command line. */
  readonly key_id: string | null;
  readonly created_at: string;
};

/** body of `POST /inbound-routes`: Create an inbound route. */
export type CreateInboundRouteBody = {
  /** `local@domain`. `*` in the local part is any number of characters; as the domain, each domain of the project. What follows a plus in an address does not count, unless the pattern has a plus. */
  readonly pattern: string;
  readonly actions: readonly ({
    readonly type: "mailbox";
    /** A mailbox of the project. Absent: where the mail would go without the route, if anywhere. */
    readonly address?: string;
  } | {
    readonly type: "webhook";
    /** http or https, without user and password. */
    readonly url: string;
    /** `waxwing` (when absent): JSON, with attachments in base64. `sendgrid`: the multipart/form-data of SendGrid's Inbound Parse. */
    readonly format?: "waxwing" | "sendgrid";
    /** The message as it came, in place of its text and attachments. */
    readonly raw?: boolean;
  } | {
    readonly type: "forward";
    readonly to: readonly string[];
  } | {
    readonly type: "drop";
  })[];
  /** Lower ones are looked at first; of equal ones the older. */
  readonly position?: number;
  readonly enabled?: boolean;
};

/** answer of `POST /inbound-routes`: Create an inbound route. */
export type CreateInboundRouteAnswer = {
  readonly id: string;
  readonly pattern: string;
  readonly position: number;
  readonly actions: readonly ({
    readonly type: "mailbox";
    /** A mailbox of the project. Absent: where the mail would go without the route, if anywhere. */
    readonly address?: string;
  } | {
    readonly type: "webhook";
    /** http or https, without user and password. */
    readonly url: string;
    /** `waxwing` (when absent): JSON, with attachments in base64. `sendgrid`: the multipart/form-data of SendGrid's Inbound Parse. */
    readonly format?: "waxwing" | "sendgrid";
    /** The message as it came, in place of its text and attachments. */
    readonly raw?: boolean;
  } | {
    readonly type: "forward";
    readonly to: readonly string[];
  } | {
    readonly type: "drop";
  })[];
  readonly enabled: boolean;
  readonly created_at: string;
  /** `whsec_<base64>`, the key of the signatures of its posts (Standard Webhooks). Shown this once. */
  readonly secret: string;
};

/** body of `POST /mailboxes`: Create a mailbox. */
export type CreateMailboxBody = {
  readonly address: string;
  /** 8 to 256 characters without control characters; made when absent. */
  readonly password?: string;
  /** What all its folders together may hold; null: any number of bytes. */
  readonly quota_bytes?: number | null;
  /** The same in messages. */
  readonly quota_messages?: number | null;
  /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
  readonly retention_days?: number | null;
  /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
  readonly pop3_deletion?: "remove" | "hide";
  /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
  readonly mirror_sent?: boolean;
};

/** answer of `POST /mailboxes`: Create a mailbox. */
export type CreateMailboxAnswer = {
  readonly id: string;
  readonly address: string;
  /** What all its folders together may hold; null: any number of bytes. */
  readonly quota_bytes: number | null;
  /** The same in messages. */
  readonly quota_messages: number | null;
  /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
  readonly retention_days: number | null;
  /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
  readonly pop3_deletion: "remove" | "hide";
  /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
  readonly mirror_sent: boolean;
  readonly created_at: string;
  /** The password that was made, shown this once; null when you gave one, or none was changed. */
  readonly password: string | null;
};

/** params of `POST /mailboxes/{id}/aliases`: Give a mailbox another address. */
export type CreateMailboxAliasParams = {
  readonly id: string;
};

/** body of `POST /mailboxes/{id}/aliases`: Give a mailbox another address. */
export type CreateMailboxAliasBody = {
  readonly address: string;
};

/** answer of `POST /mailboxes/{id}/aliases`: Give a mailbox another address. */
export type CreateMailboxAliasAnswer = {
  readonly id: string;
  readonly address: string;
  readonly created_at: string;
};

/** body of `POST /projects`: Create a project. */
export type CreateProjectBody = {
  /** For people. */
  readonly name: string;
  /** Requests per second; twice as many may come at once. An SMTP message counts as one. */
  readonly rate_limit?: number;
  /** Recipients accepted on a day (UTC), over HTTP and SMTP. */
  readonly daily_quota?: number;
};

/** answer of `POST /projects`: Create a project. */
export type CreateProjectAnswer = {
  readonly id: string;
  readonly name: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
  readonly created_at: string;
  /** Created. */
  readonly api_key: {
    readonly id: string;
    readonly name: string;
    /** The middle part of the key, by which it can be recognised. */
    readonly public_id: string;
    readonly scopes: readonly string[];
    readonly allowed_ips: readonly string[];
    readonly expires_at: string | null;
    readonly rate_limit: number | null;
    readonly daily_quota: number | null;
    readonly last_used_at: string | null;
    readonly created_at: string;
    /** `SG.<22 characters>.<43 characters>`. Shown this once, and kept nowhere. */
    readonly key: string;
  };
};

/** body of `POST /routes`: Create a route. */
export type CreateRouteBody = {
  /** Which recipient domains take the route: `example.org`, `.example.org` for all names below it, or `*`. The most specific one wins. */
  readonly pattern: string;
  /** A name or an address. Routes of projects other than the platform's first lead to public addresses only. */
  readonly host: string;
  readonly port: number;
  /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
  readonly tls?: "none" | "opportunistic" | "required" | "verified";
  /** TLS from the first octet on, as on port 465. */
  readonly implicit_tls?: boolean;
  /** Said over TLS only. */
  readonly username?: string;
  /** Kept sealed, and never shown. */
  readonly password?: string;
  /** For the mail of all projects that have no route of their own for a domain. Keys of the platform's first project only. */
  readonly platform?: boolean;
};

/** answer of `POST /routes`: Create a route. */
export type CreateRouteAnswer = {
  readonly id: string;
  readonly pattern: string;
  readonly host: string;
  readonly port: number;
  /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
  readonly tls: "none" | "opportunistic" | "required" | "verified";
  readonly implicit_tls: boolean;
  readonly username: string | null;
  readonly platform: boolean;
  readonly created_at: string;
};

/** body of `POST /shaping-rules`: Create a shaping rule. */
export type CreateShapingRuleBody = {
  /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
  readonly pattern: string;
  /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
  readonly connections?: number | null;
  /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
  readonly connections_per_host?: number | null;
  /** After so many a connection is closed. */
  readonly messages_per_connection?: number | null;
  /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
  readonly messages_per_second?: number | null;
  /** For people. */
  readonly note?: string | null;
};

/** answer of `POST /shaping-rules`: Create a shaping rule. */
export type CreateShapingRuleAnswer = {
  readonly id: string;
  /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
  readonly pattern: string;
  /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
  readonly connections: number | null;
  /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
  readonly connections_per_host: number | null;
  /** After so many a connection is closed. */
  readonly messages_per_connection: number | null;
  /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
  readonly messages_per_second: number | null;
  /** For people. */
  readonly note: string | null;
  readonly created_at: string;
};

/** body of `POST /smtp-credentials`: Create an SMTP credential. */
export type CreateSmtpCredentialBody = {
  /** For people. */
  readonly name: string;
  /** An address at a verified domain of the project: a program whose bearer token names this address logs in with it. Made when absent. */
  readonly username?: string;
  /** Addresses and CIDR ranges it may be used from; anywhere when absent. */
  readonly allowed_ips?: readonly string[];
  /** ISO 8601 with offset; never when absent. */
  readonly expires_at?: string;
};

/** answer of `POST /smtp-credentials`: Create an SMTP credential. */
export type CreateSmtpCredentialAnswer = {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly created_at: string;
  /** Shown this once, and kept nowhere. */
  readonly password: string;
};

/** body of `POST /suppressions`: Suppress an address. */
export type CreateSuppressionBody = {
  readonly address: string;
  /** `blocked` is kept for show: it says that a message was refused, and keeps nothing back. */
  readonly reason?: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | "blocked";
  /** An unsubscribe group. */
  readonly group?: number;
  /** ISO 8601 with offset; never when absent. */
  readonly expires_at?: string;
};

/** answer of `POST /suppressions`: Suppress an address. */
export type CreateSuppressionAnswer = {
  readonly address: string;
  /** `blocked` is kept for show: it says that a message was refused, and keeps nothing back. */
  readonly reason: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | "blocked";
  /** The unsubscribe group that was left; null: all mail. */
  readonly group: number | null;
  /** From then on it no longer counts; null: until it is deleted. */
  readonly expires_at: string | null;
};

/** body of `POST /templates`: Create a template. */
export type CreateTemplateBody = {
  /** For people. */
  readonly name: string;
};

/** answer of `POST /templates`: Create a template. */
export type CreateTemplateAnswer = Template;

/** params of `POST /templates/{id}/versions`: Add a version to a template. */
export type CreateTemplateVersionParams = {
  readonly id: string;
};

/** body of `POST /templates/{id}/versions`: Add a version to a template. */
export type CreateTemplateVersionBody = {
  /** For people. */
  readonly name: string;
  /** Handlebars, at most 4000 characters. When absent or null, each message brings its own. */
  readonly subject?: string | null;
  /** Handlebars, at most 1048576 characters. Variables are escaped. */
  readonly html?: string | null;
  /** Handlebars. When absent or null, it is made from html. Variables are not escaped. */
  readonly text?: string | null;
  /** Whether a missing variable is an error; otherwise it is nothing. False when absent. */
  readonly strict?: boolean;
  /** Variables to try it with. */
  readonly test_data?: Readonly<Record<string, unknown>>;
};

/** answer of `POST /templates/{id}/versions`: Add a version to a template. */
export type CreateTemplateVersionAnswer = TemplateVersion;

/** body of `POST /unsubscribe-groups`: Create an unsubscribe group. */
export type CreateUnsubscribeGroupBody = {
  /** Shown to recipients; once in a project. */
  readonly name: string;
  /** Shown to recipients. */
  readonly description?: string;
  /** At most one is; a new one takes the place of the old. */
  readonly is_default?: boolean;
};

/** answer of `POST /unsubscribe-groups`: Create an unsubscribe group. */
export type CreateUnsubscribeGroupAnswer = {
  readonly id: number;
  /** Shown to recipients; once in a project. */
  readonly name: string;
  /** Shown to recipients. */
  readonly description: string;
  /** At most one is; a new one takes the place of the old. */
  readonly is_default: boolean;
  /** How many addresses have left it. */
  readonly unsubscribes: number;
  readonly created_at: string;
};

/** body of `POST /webhooks`: Create a webhook. */
export type CreateWebhookBody = {
  /** Where events are posted: http or https, without user and password. */
  readonly url: string;
  /** The event types wanted; all when empty. In the format `waxwing` some of: accepted, processed, deferred, delivered, bounced, dropped, cancelled, expired, opened, clicked, complained, unsubscribed, replied, received. In the format `sendgrid` some of: processed, dropped, deferred, delivered, bounce, open, click, spam_report, unsubscribe, group_unsubscribe, group_resubscribe. */
  readonly events?: readonly string[];
  /** `waxwing`: a post per event, Standard Webhooks. `sendgrid`: SendGrid's Event Webhook. */
  readonly format?: "waxwing" | "sendgrid";
  /** For people. */
  readonly name?: string | null;
  /** How long an event that the endpoint does not take is tried again; 24 when absent. */
  readonly retry_hours?: number;
  /** A webhook whose endpoint has taken nothing for so long, although it was asked, is disabled; 120 when absent. */
  readonly disable_after_hours?: number;
};

/** answer of `POST /webhooks`: Create a webhook. */
export type CreateWebhookAnswer = {
  readonly id: string;
  readonly url: string;
  readonly format: "waxwing" | "sendgrid";
  readonly name: string | null;
  /** Empty: all. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  /** When it was disabled. */
  readonly disabled_at: string | null;
  /** `requested`; `gone`: its endpoint answered 410; `failing`: its endpoint took nothing for `disable_after_hours`. null while it is enabled. */
  readonly disabled_reason: string | null;
  /** The first failure since the last success; a failure after 30 hours without any counts as the first. */
  readonly failing_since: string | null;
  readonly retry_hours: number;
  readonly disable_after_hours: number;
  /** So long posts are signed with the secret before this one, too. */
  readonly previous_secret_until: string | null;
  /** It is being told once more what it was told before. */
  readonly replaying: boolean;
  /** ECDSA P-256 key that signatures in SendGrid's format are verified with: SPKI in DER, base64. */
  readonly public_key: string | null;
  readonly created_at: string;
  /** `whsec_<base64>`, the key of the signatures (Standard Webhooks). Shown this once; not in the format `sendgrid`. */
  readonly secret?: string;
};

/** params of `DELETE /api-keys/{id}`: Delete an API key. */
export type DeleteApiKeyParams = {
  readonly id: string;
};

/** answer of `DELETE /api-keys/{id}`: Delete an API key. */
export type DeleteApiKeyAnswer = null;

/** params of `DELETE /mailboxes/{id}/app-passwords/{password}`: Take an app password back. */
export type DeleteAppPasswordParams = {
  readonly id: string;
  /** Its id. */
  readonly password: string;
};

/** answer of `DELETE /mailboxes/{id}/app-passwords/{password}`: Take an app password back. */
export type DeleteAppPasswordAnswer = null;

/** params of `DELETE /domains/{id}`: Delete a domain. */
export type DeleteDomainParams = {
  readonly id: string;
};

/** answer of `DELETE /domains/{id}`: Delete a domain. */
export type DeleteDomainAnswer = null;

/** params of `DELETE /egress-pools/{id}`: Delete an egress pool. */
export type DeleteEgressPoolParams = {
  readonly id: string;
};

/** answer of `DELETE /egress-pools/{id}`: Delete an egress pool. */
export type DeleteEgressPoolAnswer = null;

/** params of `DELETE /egress-sources/{id}`: Delete an egress source. */
export type DeleteEgressSourceParams = {
  readonly id: string;
};

/** answer of `DELETE /egress-sources/{id}`: Delete an egress source. */
export type DeleteEgressSourceAnswer = null;

/** params of `DELETE /holds/{id}`: Let held mail go. */
export type DeleteHoldParams = {
  readonly id: string;
};

/** answer of `DELETE /holds/{id}`: Let held mail go. */
export type DeleteHoldAnswer = null;

/** params of `DELETE /inbound-routes/{id}`: Delete an inbound route. */
export type DeleteInboundRouteParams = {
  readonly id: string;
};

/** answer of `DELETE /inbound-routes/{id}`: Delete an inbound route. */
export type DeleteInboundRouteAnswer = null;

/** params of `DELETE /mailboxes/{id}`: Delete a mailbox with all mail in it. */
export type DeleteMailboxParams = {
  readonly id: string;
};

/** answer of `DELETE /mailboxes/{id}`: Delete a mailbox with all mail in it. */
export type DeleteMailboxAnswer = null;

/** params of `DELETE /mailboxes/{id}/aliases/{alias}`: Delete an alias. */
export type DeleteMailboxAliasParams = {
  readonly id: string;
  readonly alias: string;
};

/** answer of `DELETE /mailboxes/{id}/aliases/{alias}`: Delete an alias. */
export type DeleteMailboxAliasAnswer = null;

/** params of `DELETE /projects/{id}`: Delete a project. */
export type DeleteProjectParams = {
  readonly id: string;
};

/** query of `DELETE /projects/{id}`: Delete a project. */
export type DeleteProjectQuery = {
  readonly force?: "true" | "false";
};

/** answer of `DELETE /projects/{id}`: Delete a project. */
export type DeleteProjectAnswer = null;

/** params of `DELETE /routes/{id}`: Delete a route. */
export type DeleteRouteParams = {
  readonly id: string;
};

/** answer of `DELETE /routes/{id}`: Delete a route. */
export type DeleteRouteAnswer = null;

/** params of `DELETE /shaping-rules/{id}`: Delete a shaping rule. */
export type DeleteShapingRuleParams = {
  readonly id: string;
};

/** answer of `DELETE /shaping-rules/{id}`: Delete a shaping rule. */
export type DeleteShapingRuleAnswer = null;

/** params of `DELETE /smtp-credentials/{id}`: Delete an SMTP credential. */
export type DeleteSmtpCredentialParams = {
  readonly id: string;
};

/** answer of `DELETE /smtp-credentials/{id}`: Delete an SMTP credential. */
export type DeleteSmtpCredentialAnswer = null;

/** params of `DELETE /suppressions/{address}`: Let an address be written to again. */
export type DeleteSuppressionParams = {
  /** URL-encoded. */
  readonly address: string;
};

/** query of `DELETE /suppressions/{address}`: Let an address be written to again. */
export type DeleteSuppressionQuery = {
  /** `blocked` is kept for show: it says that a message was refused, and keeps nothing back. */
  readonly reason?: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | "blocked";
  /** An unsubscribe group; 0: those of all mail. */
  readonly group?: number;
};

/** answer of `DELETE /suppressions/{address}`: Let an address be written to again. */
export type DeleteSuppressionAnswer = null;

/** params of `DELETE /templates/{id}`: Delete a template with its versions. */
export type DeleteTemplateParams = {
  readonly id: string;
};

/** answer of `DELETE /templates/{id}`: Delete a template with its versions. */
export type DeleteTemplateAnswer = null;

/** params of `DELETE /templates/{id}/versions/{version}`: Delete a version. */
export type DeleteTemplateVersionParams = {
  readonly id: string;
  readonly version: string;
};

/** answer of `DELETE /templates/{id}/versions/{version}`: Delete a version. */
export type DeleteTemplateVersionAnswer = null;

/** params of `DELETE /tls-policies/{domain}`: Delete the TLS policy for a domain. */
export type DeleteTlsPolicyParams = {
  readonly domain: string;
};

/** answer of `DELETE /tls-policies/{domain}`: Delete the TLS policy for a domain. */
export type DeleteTlsPolicyAnswer = null;

/** params of `DELETE /unsubscribe-groups/{id}`: Delete an unsubscribe group. */
export type DeleteUnsubscribeGroupParams = {
  readonly id: string;
};

/** answer of `DELETE /unsubscribe-groups/{id}`: Delete an unsubscribe group. */
export type DeleteUnsubscribeGroupAnswer = null;

/** params of `DELETE /webhooks/{id}`: Delete a webhook. */
export type DeleteWebhookParams = {
  readonly id: string;
};

/** answer of `DELETE /webhooks/{id}`: Delete a webhook. */
export type DeleteWebhookAnswer = null;

/** params of `DELETE /webhooks/{id}/replay`: End a replay. */
export type EndWebhookReplayParams = {
  readonly id: string;
};

/** answer of `DELETE /webhooks/{id}/replay`: End a replay. */
export type EndWebhookReplayAnswer = null;

/** query of `GET /explain`: Ask which way a message would take. */
export type ExplainRouteQuery = {
  /** The recipient. */
  readonly address: string;
  /** The sender's domain. */
  readonly from?: string;
  /** The egress pool. */
  readonly pool?: string;
  /** A tag that the message would have. */
  readonly tag?: string;
};

/** answer of `GET /explain`: Ask which way a message would take. */
export type ExplainRouteAnswer = {
  /** What would become of it, and what decides that. */
  readonly summary: string;
  readonly findings: readonly {
    /** Such as `suppression`, `route`, `lane`, `holds` or `queue`. More may come. */
    readonly topic: string;
    /** For people. */
    readonly says: string;
    readonly effect: "goes-on" | "waits" | "stops";
    /** The same for programs. */
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
};

/** answer of `GET /suppressions/export`: Export suppressed addresses as CSV. */
export type ExportSuppressionsAnswer = string;

/** params of `GET /domains/{id}`: Read a domain, with the DNS records to publish. */
export type GetDomainParams = {
  readonly id: string;
};

/** answer of `GET /domains/{id}`: Read a domain, with the DNS records to publish. */
export type GetDomainAnswer = Domain;

/** params of `GET /egress-pools/{id}`: Read an egress pool. */
export type GetEgressPoolParams = {
  readonly id: string;
};

/** answer of `GET /egress-pools/{id}`: Read an egress pool. */
export type GetEgressPoolAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
  readonly name: string;
  readonly members: readonly {
    /** The name of a source. */
    readonly source: string;
    /** Its share of the pool's mail. */
    readonly weight: number;
  }[];
  /** The pool that takes what no source of this one may take today; null: it waits. */
  readonly overflow: string | null;
  /** Ids of the projects that may use it; empty: all. */
  readonly projects: readonly string[];
  readonly created_at: string;
};

/** params of `GET /egress-sources/{id}`: Read an egress source. */
export type GetEgressSourceParams = {
  readonly id: string;
};

/** answer of `GET /egress-sources/{id}`: Read an egress source. */
export type GetEgressSourceAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
  readonly name: string;
  /** The address of this machine that connections come from; null: the system's choice. */
  readonly local_address: string | null;
  /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
  readonly helo_name: string | null;
  /** null: each site's own servers. */
  readonly relay: {
    /** A name or an address. */
    readonly host: string;
    readonly port: number;
    readonly implicit_tls: boolean;
    readonly username: string | null;
  } | null;
  /** Over all sites and processes; null: any number. */
  readonly messages_per_second: number | null;
  /** How much it may send on each of its first days, over all pools and processes; null: any number. */
  readonly warm_up: {
    /** The first day (UTC). Before it nothing is sent. */
    readonly start: string;
    /** Messages on each day; after the last one any number. */
    readonly daily_caps: readonly number[];
  } | null;
  readonly created_at: string;
};

/** params of `GET /holds/{id}`: Read a hold. */
export type GetHoldParams = {
  readonly id: string;
};

/** answer of `GET /holds/{id}`: Read a hold. */
export type GetHoldAnswer = {
  readonly id: string;
  /** `site`: a destination as `GET /queue` names it, keys of the platform's first project only; `domain`: of the recipients; `project`; `tag`. */
  readonly kind: "site" | "domain" | "project" | "tag";
  readonly value: string;
  /** For people. */
  readonly reason: string;
  readonly until: string | null;
  readonly platform: boolean;
  /** The API key that asked for it; null: the command line. */
  readonly key_id: string | null;
  readonly created_at: string;
};

/** params of `GET /inbound-routes/{id}`: Read an inbound route. */
export type GetInboundRouteParams = {
  readonly id: string;
};

/** answer of `GET /inbound-routes/{id}`: Read an inbound route. */
export type GetInboundRouteAnswer = InboundRoute;

/** params of `GET /mailboxes/{id}`: Read a mailbox. */
export type GetMailboxParams = {
  readonly id: string;
};

/** answer of `GET /mailboxes/{id}`: Read a mailbox. */
export type GetMailboxAnswer = {
  readonly id: string;
  readonly address: string;
  /** What all its folders together may hold; null: any number of bytes. */
  readonly quota_bytes: number | null;
  /** The same in messages. */
  readonly quota_messages: number | null;
  /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
  readonly retention_days: number | null;
  /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
  readonly pop3_deletion: "remove" | "hide";
  /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
  readonly mirror_sent: boolean;
  readonly created_at: string;
};

/** params of `GET /mailboxes/{id}/usage`: Read how full a mailbox is. */
export type GetMailboxUsageParams = {
  readonly id: string;
};

/** answer of `GET /mailboxes/{id}/usage`: Read how full a mailbox is. */
export type GetMailboxUsageAnswer = {
  readonly bytes: {
    readonly used: number;
    /** null: any number. */
    readonly limit: number | null;
  };
  readonly messages: {
    readonly used: number;
    /** null: any number. */
    readonly limit: number | null;
  };
};

/** params of `GET /messages/{id}`: Read a message. */
export type GetMessageParams = {
  readonly id: string;
};

/** answer of `GET /messages/{id}`: Read a message. */
export type GetMessageAnswer = Message;

/** answer of `GET /project`: Read the API key's own project. */
export type GetOwnProjectAnswer = {
  readonly id: string;
  readonly name: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
  readonly created_at: string;
  /** Recipients accepted on this day (UTC), counted while the project has a quota; null: none were counted. */
  readonly recipients_today: number | null;
};

/** params of `GET /projects/{id}`: Read a project. */
export type GetProjectParams = {
  readonly id: string;
};

/** answer of `GET /projects/{id}`: Read a project. */
export type GetProjectAnswer = {
  readonly id: string;
  readonly name: string;
  /** Over all its keys; null: any number. */
  readonly rate_limit: number | null;
  /** Over all its keys; null: any number. */
  readonly daily_quota: number | null;
  /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
  readonly soft_bounces: {
    /** So many messages in a row. */
    readonly limit: number;
    /** Over at least so many days. */
    readonly days: number;
    /** How long the address is suppressed then. */
    readonly suppress_days: number;
  } | null;
  readonly created_at: string;
  /** Recipients accepted on this day (UTC), counted while the project has a quota; null: none were counted. */
  readonly recipients_today: number | null;
};

/** query of `GET /queue`: Read what waits, by destination. */
export type GetQueueQuery = {
  /** Over all projects. Keys of the platform's first project only. */
  readonly platform?: "true" | "false";
  /** The `next` of an earlier answer. */
  readonly cursor?: string;
  readonly limit?: number;
};

/** answer of `GET /queue`: Read what waits, by destination. */
export type GetQueueAnswer = {
  readonly lanes: readonly {
    /** Recipient domains with the same mail servers are one site; a domain that nothing was sent to yet is its own. */
    readonly site: string;
    /** The egress pool. */
    readonly pool: string;
    /** Recipients that wait. */
    readonly depth: number;
    /** True: at least as many. At most 10,000 of a site, priority and project are counted. */
    readonly depth_is_minimum: boolean;
    /** How many of them are with a worker. */
    readonly under_way: number;
    /** When the oldest of those that were counted was accepted. */
    readonly oldest_at: string;
    /** When the first one falls due; in the past: it waits for its turn, or is held. */
    readonly next_due_at: string;
  }[];
  /** Pass it as `cursor` for more; null: these were the last. */
  readonly next: string | null;
};

/** params of `GET /routes/{id}`: Read a route. */
export type GetRouteParams = {
  readonly id: string;
};

/** answer of `GET /routes/{id}`: Read a route. */
export type GetRouteAnswer = {
  readonly id: string;
  readonly pattern: string;
  readonly host: string;
  readonly port: number;
  /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
  readonly tls: "none" | "opportunistic" | "required" | "verified";
  readonly implicit_tls: boolean;
  readonly username: string | null;
  readonly platform: boolean;
  readonly created_at: string;
};

/** params of `GET /shaping-rules/{id}`: Read a shaping rule. */
export type GetShapingRuleParams = {
  readonly id: string;
};

/** answer of `GET /shaping-rules/{id}`: Read a shaping rule. */
export type GetShapingRuleAnswer = {
  readonly id: string;
  /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
  readonly pattern: string;
  /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
  readonly connections: number | null;
  /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
  readonly connections_per_host: number | null;
  /** After so many a connection is closed. */
  readonly messages_per_connection: number | null;
  /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
  readonly messages_per_second: number | null;
  /** For people. */
  readonly note: string | null;
  readonly created_at: string;
};

/** params of `GET /smtp-credentials/{id}`: Read an SMTP credential. */
export type GetSmtpCredentialParams = {
  readonly id: string;
};

/** answer of `GET /smtp-credentials/{id}`: Read an SMTP credential. */
export type GetSmtpCredentialAnswer = {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly created_at: string;
};

/** query of `GET /stats`: Count what happened. */
export type GetStatsQuery = {
  /** The first day, in UTC; when absent 30 days before the last one, or where hours are asked for the last one. */
  readonly from?: string;
  /** The last day, counted too; today in UTC when absent. At most 400 days a request; hours are kept for 35 days. */
  readonly to?: string;
  /** Length of a period. Weeks begin on Monday. */
  readonly by?: "hour" | "day" | "week" | "month";
  /** Only messages with this tag. */
  readonly tag?: string;
  /** Only recipients at this domain. */
  readonly domain?: string;
  /** Only recipients of this mailbox provider, such as `Gmail`, as `group=provider` names it. */
  readonly provider?: string;
  /** Also the numbers of each tag, recipient domain or mailbox provider. `tag`, `domain`, `provider` and `group` exclude each other. */
  readonly group?: "tag" | "domain" | "provider";
  /** With `group`: the group with most of these comes first. */
  readonly sort?: "requests" | "processed" | "delivered" | "deferred" | "bounces" | "blocks" | "bounce_drops" | "spam_report_drops" | "unsubscribe_drops" | "invalid_emails" | "spam_reports" | "opens" | "unique_opens" | "clicks" | "unique_clicks" | "unsubscribes";
  /** With `group`: groups an answer. Times the number of periods at most 10000. */
  readonly limit?: number;
  /** With `group`: the `next` of an earlier answer. */
  readonly cursor?: string;
};

/** answer of `GET /stats`: Count what happened. */
export type GetStatsAnswer = {
  /** The first day. */
  readonly from: string;
  /** The last day. */
  readonly to: string;
  readonly by: "hour" | "day" | "week" | "month";
  /** Recipients, each time it happened. `blocks`: refused, or never reached, with nothing against the address; `bounces`: the address was refused. `*_drops` and `invalid_emails`: not tried, because the address is suppressed. */
  readonly totals: {
    readonly requests: number;
    readonly processed: number;
    readonly delivered: number;
    readonly deferred: number;
    readonly bounces: number;
    readonly blocks: number;
    readonly bounce_drops: number;
    readonly spam_report_drops: number;
    readonly unsubscribe_drops: number;
    readonly invalid_emails: number;
    readonly spam_reports: number;
    readonly opens: number;
    readonly unique_opens: number;
    readonly clicks: number;
    readonly unique_clicks: number;
    readonly unsubscribes: number;
  };
  /** Oldest first, also those in which nothing happened. */
  readonly periods: readonly {
    /** Its first day, `2030-01-31`; of an hour its beginning, `2030-01-31T13:00:00Z`. The first period may begin before `from`; only days from there on count. */
    readonly start: string;
    /** Recipients, each time it happened. `blocks`: refused, or never reached, with nothing against the address; `bounces`: the address was refused. `*_drops` and `invalid_emails`: not tried, because the address is suppressed. */
    readonly metrics: {
      readonly requests: number;
      readonly processed: number;
      readonly delivered: number;
      readonly deferred: number;
      readonly bounces: number;
      readonly blocks: number;
      readonly bounce_drops: number;
      readonly spam_report_drops: number;
      readonly unsubscribe_drops: number;
      readonly invalid_emails: number;
      readonly spam_reports: number;
      readonly opens: number;
      readonly unique_opens: number;
      readonly clicks: number;
      readonly unique_clicks: number;
      readonly unsubscribes: number;
    };
  }[];
  /** With `group`: those with most of `sort` first. */
  readonly groups?: readonly {
    /** null, last: all others. Of providers those that are not known by name; of domains and tags those for which an hour or a day had no room. */
    readonly name: string | null;
    /** Recipients, each time it happened. `blocks`: refused, or never reached, with nothing against the address; `bounces`: the address was refused. `*_drops` and `invalid_emails`: not tried, because the address is suppressed. */
    readonly totals: {
      readonly requests: number;
      readonly processed: number;
      readonly delivered: number;
      readonly deferred: number;
      readonly bounces: number;
      readonly blocks: number;
      readonly bounce_drops: number;
      readonly spam_report_drops: number;
      readonly unsubscribe_drops: number;
      readonly invalid_emails: number;
      readonly spam_reports: number;
      readonly opens: number;
      readonly unique_opens: number;
      readonly clicks: number;
      readonly unique_clicks: number;
      readonly unsubscribes: number;
    };
    /** Oldest first, those in which something happened. */
    readonly periods: readonly {
      /** Its first day, `2030-01-31`; of an hour its beginning, `2030-01-31T13:00:00Z`. The first period may begin before `from`; only days from there on count. */
      readonly start: string;
      /** Recipients, each time it happened. `blocks`: refused, or never reached, with nothing against the address; `bounces`: the address was refused. `*_drops` and `invalid_emails`: not tried, because the address is suppressed. */
      readonly metrics: {
        readonly requests: number;
        readonly processed: number;
        readonly delivered: number;
        readonly deferred: number;
        readonly bounces: number;
        readonly blocks: number;
        readonly bounce_drops: number;
        readonly spam_report_drops: number;
        readonly unsubscribe_drops: number;
        readonly invalid_emails: number;
        readonly spam_reports: number;
        readonly opens: number;
        readonly unique_opens: number;
        readonly clicks: number;
        readonly unique_clicks: number;
        readonly unsubscribes: number;
      };
    }[];
  }[];
  /** With `group`: pass it as `cursor` for more of them; null: these were the last. */
  readonly next?: string | null;
};

/** params of `GET /templates/{id}`: Read a template and the list of its versions. */
export type GetTemplateParams = {
  readonly id: string;
};

/** answer of `GET /templates/{id}`: Read a template and the list of its versions. */
export type GetTemplateAnswer = Template;

/** params of `GET /templates/{id}/versions/{version}`: Read a version of a template. */
export type GetTemplateVersionParams = {
  readonly id: string;
  readonly version: string;
};

/** answer of `GET /templates/{id}/versions/{version}`: Read a version of a template. */
export type GetTemplateVersionAnswer = TemplateVersion;

/** params of `GET /unsubscribe-groups/{id}`: Read an unsubscribe group. */
export type GetUnsubscribeGroupParams = {
  readonly id: string;
};

/** answer of `GET /unsubscribe-groups/{id}`: Read an unsubscribe group. */
export type GetUnsubscribeGroupAnswer = {
  readonly id: number;
  /** Shown to recipients; once in a project. */
  readonly name: string;
  /** Shown to recipients. */
  readonly description: string;
  /** At most one is; a new one takes the place of the old. */
  readonly is_default: boolean;
  /** How many addresses have left it. */
  readonly unsubscribes: number;
  readonly created_at: string;
};

/** params of `GET /webhooks/{id}`: Read a webhook. */
export type GetWebhookParams = {
  readonly id: string;
};

/** answer of `GET /webhooks/{id}`: Read a webhook. */
export type GetWebhookAnswer = Webhook;

/** params of `GET /webhooks/{id}/deliveries/{event}`: Read every try to tell a webhook of an event. */
export type GetWebhookDeliveryParams = {
  readonly id: string;
  readonly event: string;
};

/** answer of `GET /webhooks/{id}/deliveries/{event}`: Read every try to tell a webhook of an event. */
export type GetWebhookDeliveryAnswer = {
  readonly event_id: string;
  /** null for what was delivered before types were kept. */
  readonly event_type: string | null;
  /** null for events about no message. */
  readonly message_id: string | null;
  /** Its number among the events of its message that this webhook is told. */
  readonly sequence: number | null;
  /** `pending`: it will be tried, or tried again; `failed`: it was given up. */
  readonly state: "pending" | "delivered" | "failed";
  /** Tries since it was last given up or replayed. */
  readonly attempts: number;
  /** When it is tried next. */
  readonly due_at: string | null;
  /** HTTP status of the last answer; null where there was none. */
  readonly status: number | null;
  /** Why the last try failed. */
  readonly error: string | null;
  /** How long the last try took. */
  readonly duration_ms: number | null;
  readonly updated_at: string;
  /** Oldest first; the first one and the last nineteen. */
  readonly tries: readonly {
    readonly at: string;
    readonly duration_ms: number;
    /** null where there was no answer. */
    readonly status: number | null;
    /** null: the endpoint took it. */
    readonly error: string | null;
    readonly request_headers: Readonly<Record<string, string>>;
    /** How many events the post held. In the format `waxwing` one. */
    readonly events: number;
    /** The first 1,024 octets of the answer. */
    readonly answer: string;
  }[];
  /** What the post was about: its body is made of this. null when retention has taken it. */
  readonly event: Event | null;
};

/** body of `POST /suppressions/import`: Suppress addresses from a CSV. */
export type ImportSuppressionsBody = string;

/** answer of `POST /suppressions/import`: Suppress addresses from a CSV. */
export type ImportSuppressionsAnswer = {
  readonly read: number;
  /** The others were suppressed already, or twice in the file. */
  readonly added: number;
};

/** answer of `GET /`: Where things are. */
export type IndexAnswer = {
  readonly name: string;
  readonly version: string;
  readonly docs: string;
  readonly openapi: string;
  readonly health: string;
};

/** answer of `GET /api-keys`: List API keys. */
export type ListApiKeysAnswer = {
  readonly api_keys: readonly {
    readonly id: string;
    readonly name: string;
    /** The middle part of the key, by which it can be recognised. */
    readonly public_id: string;
    readonly scopes: readonly string[];
    readonly allowed_ips: readonly string[];
    readonly expires_at: string | null;
    readonly rate_limit: number | null;
    readonly daily_quota: number | null;
    readonly last_used_at: string | null;
    readonly created_at: string;
  }[];
};

/** params of `GET /mailboxes/{id}/app-passwords`: List the app passwords of a mailbox. */
export type ListAppPasswordsParams = {
  readonly id: string;
};

/** answer of `GET /mailboxes/{id}/app-passwords`: List the app passwords of a mailbox. */
export type ListAppPasswordsAnswer = {
  readonly app_passwords: readonly {
    readonly id: string;
    readonly name: string;
    /** What it opens: the mailbox over IMAP or POP3, and sending from its addresses over SMTP. */
    readonly scopes: readonly ("imap" | "pop3" | "submission")[];
    /** To the minute; null: never. */
    readonly last_used_at: string | null;
    readonly created_at: string;
  }[];
};

/** query of `GET /audit-log`: Read who changed what. */
export type ListAuditLogQuery = {
  /** The `next` of an earlier answer. */
  readonly cursor?: string;
  readonly limit?: number;
  /** What the action begins with: `api-key.` or `domain.verified`. */
  readonly action?: string;
  /** Id of what was changed, or its address. */
  readonly target?: string;
  /** From this time on. */
  readonly since?: string;
  /** Before this time. */
  readonly until?: string;
};

/** answer of `GET /audit-log`: Read who changed what. */
export type ListAuditLogAnswer = {
  readonly entries: readonly {
    readonly id: string;
    /** Such as `api-key.created` or `domain.deleted`. */
    readonly action: string;
    /** Id of what was changed, or its address. */
    readonly target: string;
    /** The API key that asked; null for what the platform did by itself. */
    readonly key_id: string | null;
    readonly remote_address: string | null;
    readonly created_at: string;
  }[];
  /** Pass it as `cursor` for older entries; null: these were the oldest. */
  readonly next: string | null;
};

/** answer of `GET /domains`: List domains. */
export type ListDomainsAnswer = {
  readonly domains: readonly {
    readonly id: string;
    readonly name: string;
    /** Only then can it send and receive. */
    readonly verified: boolean;
    readonly verified_at: string | null;
    readonly created_at: string;
  }[];
};

/** answer of `GET /egress-pools`: List egress pools. */
export type ListEgressPoolsAnswer = {
  readonly egress_pools: readonly {
    readonly id: string;
    /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
    readonly name: string;
    readonly members: readonly {
      /** The name of a source. */
      readonly source: string;
      /** Its share of the pool's mail. */
      readonly weight: number;
    }[];
    /** The pool that takes what no source of this one may take today; null: it waits. */
    readonly overflow: string | null;
    /** Ids of the projects that may use it; empty: all. */
    readonly projects: readonly string[];
    readonly created_at: string;
  }[];
};

/** answer of `GET /egress-sources`: List egress sources. */
export type ListEgressSourcesAnswer = {
  readonly egress_sources: readonly {
    readonly id: string;
    /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
    readonly name: string;
    /** The address of this machine that connections come from; null: the system's choice. */
    readonly local_address: string | null;
    /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
    readonly helo_name: string | null;
    /** null: each site's own servers. */
    readonly relay: {
      /** A name or an address. */
      readonly host: string;
      readonly port: number;
      readonly implicit_tls: boolean;
      readonly username: string | null;
    } | null;
    /** Over all sites and processes; null: any number. */
    readonly messages_per_second: number | null;
    /** How much it may send on each of its first days, over all pools and processes; null: any number. */
    readonly warm_up: {
      /** The first day (UTC). Before it nothing is sent. */
      readonly start: string;
      /** Messages on each day; after the last one any number. */
      readonly daily_caps: readonly number[];
    } | null;
    readonly created_at: string;
  }[];
};

/** query of `GET /events`: Read the event log. */
export type ListEventsQuery = {
  /** The `next` of an earlier answer; absent: from the beginning of the log. */
  readonly after?: string;
  readonly limit?: number;
  /** At the end of the log, wait so many seconds for events. The answer comes as soon as there are any. */
  readonly wait?: number;
  /** Only events of these types: `delivered,bounced`. */
  readonly type?: string;
  /** Only events of this message. */
  readonly message?: string;
  /** Only events about this address, as it was written. */
  readonly recipient?: string;
  /** Only events of messages with this tag. */
  readonly tag?: string;
};

/** answer of `GET /events`: Read the event log. */
export type ListEventsAnswer = {
  readonly events: readonly Event[];
  /** Pass it as `after` to go on. Always there: with no new events it is where you are, to be tried again later. A cursor stays good for ever; what lies before the log's beginning is refused with `cursor-expired`. */
  readonly next: string;
};

/** answer of `GET /holds`: List holds. */
export type ListHoldsAnswer = {
  readonly holds: readonly {
    readonly id: string;
    /** `site`: a destination as `GET /queue` names it, keys of the platform's first project only; `domain`: of the recipients; `project`; `tag`. */
    readonly kind: "site" | "domain" | "project" | "tag";
    readonly value: string;
    /** For people. */
    readonly reason: string;
    readonly until: string | null;
    readonly platform: boolean;
    /** The API key that asked for it; null: the command line. */
    readonly key_id: string | null;
    readonly created_at: string;
  }[];
};

/** params of `GET /inbound-routes/{id}/posts`: See what became of a route's posts. */
export type ListInboundPostsParams = {
  readonly id: string;
};

/** answer of `GET /inbound-routes/{id}/posts`: See what became of a route's posts. */
export type ListInboundPostsAnswer = {
  readonly posts: readonly {
    /** `webhook-id` of the post, in every try. */
    readonly id: string;
    readonly mail_id: string;
    readonly recipients: readonly string[];
    readonly url: string;
    readonly state: "pending" | "delivered" | "failed";
    readonly attempts: number;
    readonly next_attempt_at: string | null;
    readonly status: number | null;
    readonly error: string | null;
    readonly received_at: string;
  }[];
};

/** answer of `GET /inbound-routes`: List inbound routes. */
export type ListInboundRoutesAnswer = {
  readonly inbound_routes: readonly InboundRoute[];
};

/** params of `GET /mailboxes/{id}/aliases`: List the aliases of a mailbox. */
export type ListMailboxAliasesParams = {
  readonly id: string;
};

/** answer of `GET /mailboxes/{id}/aliases`: List the aliases of a mailbox. */
export type ListMailboxAliasesAnswer = {
  readonly aliases: readonly {
    readonly id: string;
    readonly address: string;
    readonly created_at: string;
  }[];
};

/** answer of `GET /mailboxes`: List mailboxes. */
export type ListMailboxesAnswer = {
  readonly mailboxes: readonly {
    readonly id: string;
    readonly address: string;
    /** What all its folders together may hold; null: any number of bytes. */
    readonly quota_bytes: number | null;
    /** The same in messages. */
    readonly quota_messages: number | null;
    /** Days after which mail is deleted from whatever folder it is in; null: never. POP3 tells programs so (EXPIRE). */
    readonly retention_days: number | null;
    /** What happens when a program deletes over POP3. `remove`: the mail is gone. `hide`: IMAP shows it still, POP3 no more. */
    readonly pop3_deletion: "remove" | "hide";
    /** Whether mail that is sent from its addresses, over the API too, is filed in its folder Sent. */
    readonly mirror_sent: boolean;
    readonly created_at: string;
  }[];
};

/** query of `GET /projects`: List projects. */
export type ListProjectsQuery = {
  /** The `next` of an earlier answer. */
  readonly cursor?: string;
  readonly limit?: number;
};

/** answer of `GET /projects`: List projects. */
export type ListProjectsAnswer = {
  readonly projects: readonly {
    readonly id: string;
    readonly name: string;
    /** Over all its keys; null: any number. */
    readonly rate_limit: number | null;
    /** Over all its keys; null: any number. */
    readonly daily_quota: number | null;
    /** When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew. */
    readonly soft_bounces: {
      /** So many messages in a row. */
      readonly limit: number;
      /** Over at least so many days. */
      readonly days: number;
      /** How long the address is suppressed then. */
      readonly suppress_days: number;
    } | null;
    readonly created_at: string;
  }[];
  /** Pass it as `cursor` for older ones; null: these were the oldest. */
  readonly next: string | null;
};

/** answer of `GET /routes`: List routes. */
export type ListRoutesAnswer = {
  readonly routes: readonly {
    readonly id: string;
    readonly pattern: string;
    readonly host: string;
    readonly port: number;
    /** `none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`. */
    readonly tls: "none" | "opportunistic" | "required" | "verified";
    readonly implicit_tls: boolean;
    readonly username: string | null;
    readonly platform: boolean;
    readonly created_at: string;
  }[];
};

/** answer of `GET /shaping-rules`: List shaping rules. */
export type ListShapingRulesAnswer = {
  readonly shaping_rules: readonly {
    readonly id: string;
    /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
    readonly pattern: string;
    /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
    readonly connections: number | null;
    /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
    readonly connections_per_host: number | null;
    /** After so many a connection is closed. */
    readonly messages_per_connection: number | null;
    /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
    readonly messages_per_second: number | null;
    /** For people. */
    readonly note: string | null;
    readonly created_at: string;
  }[];
  /** They come after those of the operator, and cannot be changed. */
  readonly shipped_rules: readonly {
    readonly name: string;
    readonly patterns: readonly string[];
    /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
    readonly connections: number | null;
    /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
    readonly connections_per_host: number | null;
    /** After so many a connection is closed. */
    readonly messages_per_connection: number | null;
    /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
    readonly messages_per_second: number | null;
    readonly note: string;
    /** Where the figures are from. */
    readonly source: string;
    /** When that was looked at. */
    readonly seen: string;
  }[];
};

/** answer of `GET /smtp-credentials`: List SMTP credentials. */
export type ListSmtpCredentialsAnswer = {
  readonly smtp_credentials: readonly {
    readonly id: string;
    readonly name: string;
    readonly username: string;
    readonly allowed_ips: readonly string[];
    readonly expires_at: string | null;
    readonly last_used_at: string | null;
    readonly created_at: string;
  }[];
};

/** query of `GET /suppressions`: List suppressed addresses. */
export type ListSuppressionsQuery = {
  /** This one only. */
  readonly address?: string;
  /** `blocked` is kept for show: it says that a message was refused, and keeps nothing back. */
  readonly reason?: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | "blocked";
  /** An unsubscribe group; 0: those of all mail. */
  readonly group?: number;
  /** The `next` of an earlier answer. */
  readonly cursor?: string;
  readonly limit?: number;
};

/** answer of `GET /suppressions`: List suppressed addresses. */
export type ListSuppressionsAnswer = {
  readonly suppressions: readonly {
    readonly address: string;
    /** `blocked` is kept for show: it says that a message was refused, and keeps nothing back. */
    readonly reason: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | "blocked";
    /** The unsubscribe group that was left; null: all mail. */
    readonly group: number | null;
    /** The enhanced status code of a bounce (RFC 3463). */
    readonly status: string | null;
    /** Such as the reply that bounced it. */
    readonly detail: string | null;
    /** The message that it came of. */
    readonly message_id: string | null;
    /** From then on it no longer counts; null: until it is deleted. */
    readonly expires_at: string | null;
    readonly created_at: string;
  }[];
  /** Pass it as `cursor` for more; null: these were the last. */
  readonly next: string | null;
};

/** answer of `GET /templates`: List templates. */
export type ListTemplatesAnswer = {
  readonly templates: readonly {
    /** For `template` of `POST /send`. */
    readonly id: string;
    readonly name: string;
    /** The version that is sent; null while there is none. */
    readonly active_version_id: string | null;
    readonly created_at: string;
    readonly updated_at: string;
  }[];
};

/** answer of `GET /tls-policies`: List TLS policies. */
export type ListTlsPoliciesAnswer = {
  readonly tls_policies: readonly {
    /** In lower case, A-labels; `*`: all that have none of their own. */
    readonly domain: string;
    /** `opportunistic`: no more than the domain itself asks; `required`: TLS or no mail, with any certificate; `verified`: with a trusted certificate made out to the mail server. */
    readonly policy: "opportunistic" | "required" | "verified";
  }[];
};

/** answer of `GET /unsubscribe-groups`: List unsubscribe groups. */
export type ListUnsubscribeGroupsAnswer = {
  readonly unsubscribe_groups: readonly {
    readonly id: number;
    /** Shown to recipients; once in a project. */
    readonly name: string;
    /** Shown to recipients. */
    readonly description: string;
    /** At most one is; a new one takes the place of the old. */
    readonly is_default: boolean;
    /** How many addresses have left it. */
    readonly unsubscribes: number;
    readonly created_at: string;
  }[];
};

/** params of `GET /webhooks/{id}/deliveries`: List what a webhook was told. */
export type ListWebhookDeliveriesParams = {
  readonly id: string;
};

/** query of `GET /webhooks/{id}/deliveries`: List what a webhook was told. */
export type ListWebhookDeliveriesQuery = {
  /** The `next` of an earlier answer. */
  readonly cursor?: string;
  readonly limit?: number;
  readonly state?: "pending" | "delivered" | "failed";
  /** Only events of this type, by our names. */
  readonly type?: string;
  /** Only events of this message. */
  readonly message?: string;
};

/** answer of `GET /webhooks/{id}/deliveries`: List what a webhook was told. */
export type ListWebhookDeliveriesAnswer = {
  readonly deliveries: readonly WebhookDelivery[];
  /** Pass it as `cursor` for earlier ones; null: these were the first. A page looks at 10,000 deliveries at most, so it may have fewer than asked for and still a `next`. */
  readonly next: string | null;
};

/** answer of `GET /webhooks`: List webhooks. */
export type ListWebhooksAnswer = {
  readonly webhooks: readonly Webhook[];
};

/** answer of `GET /health/live`: The process runs. */
export type LiveAnswer = {
  readonly status: string;
};

/** answer of `GET /metrics`: Metrics in Prometheus text format. */
export type MetricsAnswer = string;

/** answer of `GET /health/ready`: Requests can be served. */
export type ReadyAnswer = {
  readonly status: string;
};

/** params of `PATCH /templates/{id}`: Rename a template. */
export type RenameTemplateParams = {
  readonly id: string;
};

/** body of `PATCH /templates/{id}`: Rename a template. */
export type RenameTemplateBody = {
  /** For people. */
  readonly name: string;
};

/** answer of `PATCH /templates/{id}`: Rename a template. */
export type RenameTemplateAnswer = Template;

/** params of `POST /templates/{id}/render`: Try a template out. */
export type RenderTemplateParams = {
  readonly id: string;
};

/** body of `POST /templates/{id}/render`: Try a template out. */
export type RenderTemplateBody = {
  /** The active version when absent. */
  readonly version?: string;
  /** The version's test data when absent. */
  readonly variables?: Readonly<Record<string, unknown>>;
};

/** answer of `POST /templates/{id}/render`: Try a template out. */
export type RenderTemplateAnswer = {
  /** Null when the version has none. */
  readonly subject: string | null;
  /** Null when the version has none. */
  readonly html: string | null;
  /** Null when the version has none: then it is made from html when it is sent. */
  readonly text: string | null;
};

/** params of `PUT /egress-pools/{id}`: Replace an egress pool. */
export type ReplaceEgressPoolParams = {
  readonly id: string;
};

/** body of `PUT /egress-pools/{id}`: Replace an egress pool. */
export type ReplaceEgressPoolBody = {
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
  readonly name: string;
  readonly members: readonly {
    /** The name of a source. */
    readonly source: string;
    /** Its share of the pool's mail. */
    readonly weight: number;
  }[];
  /** The pool that takes what no source of this one may take today; null: it waits. */
  readonly overflow?: string | null;
  /** Ids of the projects that may use it; empty: all. */
  readonly projects?: readonly string[];
};

/** answer of `PUT /egress-pools/{id}`: Replace an egress pool. */
export type ReplaceEgressPoolAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. `default` is for messages that name no pool. */
  readonly name: string;
  readonly members: readonly {
    /** The name of a source. */
    readonly source: string;
    /** Its share of the pool's mail. */
    readonly weight: number;
  }[];
  /** The pool that takes what no source of this one may take today; null: it waits. */
  readonly overflow: string | null;
  /** Ids of the projects that may use it; empty: all. */
  readonly projects: readonly string[];
  readonly created_at: string;
};

/** params of `PUT /egress-sources/{id}`: Replace an egress source. */
export type ReplaceEgressSourceParams = {
  readonly id: string;
};

/** body of `PUT /egress-sources/{id}`: Replace an egress source. */
export type ReplaceEgressSourceBody = {
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
  readonly name: string;
  /** The address of this machine that connections come from; null: the system's choice. */
  readonly local_address?: string | null;
  /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
  readonly helo_name?: string | null;
  /** A server that takes everything from here; null: each site's own servers. */
  readonly relay?: {
    /** A name or an address. */
    readonly host: string;
    readonly port: number;
    /** TLS from the first octet on, as on port 465. */
    readonly implicit_tls?: boolean;
    /** Said over TLS only. */
    readonly username?: string | null;
    /** Kept sealed, and never shown. Absent in a change, it stays while host, port and user do. */
    readonly password?: string;
  } | null;
  /** Over all sites and processes; null: any number. */
  readonly messages_per_second?: number | null;
  /** How much it may send on each of its first days, over all pools and processes; null: any number. */
  readonly warm_up?: {
    /** The first day (UTC). Before it nothing is sent. */
    readonly start: string;
    /** Messages on each day; after the last one any number. */
    readonly daily_caps: readonly number[];
  } | null;
};

/** answer of `PUT /egress-sources/{id}`: Replace an egress source. */
export type ReplaceEgressSourceAnswer = {
  readonly id: string;
  /** 2 to 64 letters, digits, spaces, dots, hyphens and underscores. */
  readonly name: string;
  /** The address of this machine that connections come from; null: the system's choice. */
  readonly local_address: string | null;
  /** Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME. */
  readonly helo_name: string | null;
  /** null: each site's own servers. */
  readonly relay: {
    /** A name or an address. */
    readonly host: string;
    readonly port: number;
    readonly implicit_tls: boolean;
    readonly username: string | null;
  } | null;
  /** Over all sites and processes; null: any number. */
  readonly messages_per_second: number | null;
  /** How much it may send on each of its first days, over all pools and processes; null: any number. */
  readonly warm_up: {
    /** The first day (UTC). Before it nothing is sent. */
    readonly start: string;
    /** Messages on each day; after the last one any number. */
    readonly daily_caps: readonly number[];
  } | null;
  readonly created_at: string;
};

/** params of `PUT /shaping-rules/{id}`: Replace a shaping rule. */
export type ReplaceShapingRuleParams = {
  readonly id: string;
};

/** body of `PUT /shaping-rules/{id}`: Replace a shaping rule. */
export type ReplaceShapingRuleBody = {
  /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
  readonly pattern: string;
  /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
  readonly connections?: number | null;
  /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
  readonly connections_per_host?: number | null;
  /** After so many a connection is closed. */
  readonly messages_per_connection?: number | null;
  /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
  readonly messages_per_second?: number | null;
  /** For people. */
  readonly note?: string | null;
};

/** answer of `PUT /shaping-rules/{id}`: Replace a shaping rule. */
export type ReplaceShapingRuleAnswer = {
  readonly id: string;
  /** `mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address. */
  readonly pattern: string;
  /** Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers. */
  readonly connections: number | null;
  /** To one of the hosts. Further ones go to other hosts of the site where there are any. */
  readonly connections_per_host: number | null;
  /** After so many a connection is closed. */
  readonly messages_per_connection: number | null;
  /** From one source, in each process that delivers; 0.5 is one message in two seconds. */
  readonly messages_per_second: number | null;
  /** For people. */
  readonly note: string | null;
  readonly created_at: string;
};

/** params of `POST /webhooks/{id}/replay`: Tell a webhook once more. */
export type ReplayWebhookParams = {
  readonly id: string;
};

/** body of `POST /webhooks/{id}/replay`: Tell a webhook once more. */
export type ReplayWebhookBody = {
  /** One event, by its id. */
  readonly event?: string;
  /** The events of a message. */
  readonly message?: string;
  /** `true`: all that were given up. */
  readonly failed?: boolean;
  /** Everything after this cursor of `GET /events`. */
  readonly after?: string;
  /** With `after`: up to this cursor, its event included. */
  readonly until?: string;
  /** Everything from this time on. */
  readonly from?: string;
  /** With `from`: before this time. */
  readonly to?: string;
};

/** answer of `POST /webhooks/{id}/replay`: Tell a webhook once more. */
export type ReplayWebhookAnswer = {
  /** How many events are told once more; null for a stretch of the log, which is told as it is read. */
  readonly replayed: number | null;
};

/** body of `POST /queue/requeue`: Try again now. */
export type RequeueBody = {
  /** `site`: keys of the platform's first project only; `domain`: of the recipients. */
  readonly kind: "site" | "domain" | "project" | "tag" | "message";
  /** The site, domain, project id, tag or message id. Of a project it may be absent: the key's own. */
  readonly value?: string;
  /** Over all projects. Keys of the platform's first project only. */
  readonly platform?: boolean;
  /** Counts, and changes nothing. */
  readonly dry_run?: boolean;
  /** The `next` of an earlier answer to the same order. */
  readonly cursor?: string;
};

/** answer of `POST /queue/requeue`: Try again now. */
export type RequeueAnswer = {
  /** Recipients that the order was about. */
  readonly matched: number;
  /** How many were changed: 0 in a dry run, and those that a worker had are left out. */
  readonly changed: number;
  /** Repeat the order with it as `cursor`: not all of the queue was looked at. Null: it is done. */
  readonly next: string | null;
};

/** params of `PATCH /messages/{id}`: Reschedule a message. */
export type RescheduleMessageParams = {
  readonly id: string;
};

/** body of `PATCH /messages/{id}`: Reschedule a message. */
export type RescheduleMessageBody = {
  /** ISO 8601 with offset, at most 72 hours ahead. A time that has passed means now. */
  readonly send_at: string;
};

/** answer of `PATCH /messages/{id}`: Reschedule a message. */
export type RescheduleMessageAnswer = {
  readonly id: string;
  readonly send_at: string;
};

/** params of `POST /domains/{id}/rotate-dkim`: Add a DKIM key. */
export type RotateDkimKeyParams = {
  readonly id: string;
};

/** body of `POST /domains/{id}/rotate-dkim`: Add a DKIM key. */
export type RotateDkimKeyBody = {
  readonly algorithm?: "rsa-sha256" | "ed25519-sha256";
};

/** answer of `POST /domains/{id}/rotate-dkim`: Add a DKIM key. */
export type RotateDkimKeyAnswer = Domain;

/** params of `POST /webhooks/{id}/rotate-secret`: Replace a webhook's secret. */
export type RotateWebhookSecretParams = {
  readonly id: string;
};

/** body of `POST /webhooks/{id}/rotate-secret`: Replace a webhook's secret. */
export type RotateWebhookSecretBody = {
  /** How long posts are signed with the secret of now, too. */
  readonly overlap_hours?: number;
};

/** answer of `POST /webhooks/{id}/rotate-secret`: Replace a webhook's secret. */
export type RotateWebhookSecretAnswer = {
  readonly id: string;
  readonly url: string;
  readonly format: "waxwing" | "sendgrid";
  readonly name: string | null;
  /** Empty: all. */
  readonly events: readonly string[];
  readonly enabled: boolean;
  /** When it was disabled. */
  readonly disabled_at: string | null;
  /** `requested`; `gone`: its endpoint answered 410; `failing`: its endpoint took nothing for `disable_after_hours`. null while it is enabled. */
  readonly disabled_reason: string | null;
  /** The first failure since the last success; a failure after 30 hours without any counts as the first. */
  readonly failing_since: string | null;
  readonly retry_hours: number;
  readonly disable_after_hours: number;
  /** So long posts are signed with the secret before this one, too. */
  readonly previous_secret_until: string | null;
  /** It is being told once more what it was told before. */
  readonly replaying: boolean;
  /** ECDSA P-256 key that signatures in SendGrid's format are verified with: SPKI in DER, base64. */
  readonly public_key: string | null;
  readonly created_at: string;
  /** `whsec_<base64>`, the key of the signatures (Standard Webhooks). Shown this once; not in the format `sendgrid`. */
  readonly secret?: string;
};

/** query of `GET /messages`: Search messages. */
export type SearchMessagesQuery = {
  /** a whole address, in any case; found by an index */
  readonly recipient?: string;
  /** part of the sender's address, in any case */
  readonly sender?: string;
  /** part of the subject, in any case */
  readonly subject?: string;
  /** a whole tag, as it was given */
  readonly tag?: string;
  /** The state of a recipient: of the one searched for, otherwise of any. */
  readonly state?: "queued" | "sending" | "deferred" | "delivered" | "bounced" | "dropped" | "cancelled" | "expired";
  /** Accepted then or later. ISO 8601 with offset. */
  readonly from?: string;
  /** Accepted before. ISO 8601 with offset. */
  readonly to?: string;
  /** The `next` of an earlier answer. */
  readonly after?: string;
  readonly limit?: number;
};

/** answer of `GET /messages`: Search messages. */
export type SearchMessagesAnswer = {
  readonly messages: readonly {
    readonly id: string;
    readonly from: {
      readonly email: string;
      readonly name?: string;
    };
    readonly subject: string;
    readonly tags: readonly string[];
    readonly accepted_at: string;
    readonly send_at: string | null;
    readonly recipient_count: number;
    /** The first ten; `GET /messages/{id}` has all. */
    readonly recipients: readonly {
      readonly id: string;
      readonly email: string;
      readonly state: "queued" | "sending" | "deferred" | "delivered" | "bounced" | "dropped" | "cancelled" | "expired";
      /** A hold keeps it back; `GET /messages/{id}` says which. */
      readonly held: boolean;
    }[];
  }[];
  /** Pass it as `after` for older ones; null when there are none. A page may be short, or empty, before that. */
  readonly next: string | null;
};

/** body of `POST /send`: Send a message. */
export type SendBody = SendRequest;

/** answer of `POST /send`: Send a message. */
export type SendAnswer = AcceptedMessage;

/** body of `POST /send/batch`: Send up to 1,000 messages. */
export type SendBatchBody = readonly SendRequest[];

/** answer of `POST /send/batch`: Send up to 1,000 messages. */
export type SendBatchAnswer = {
  /** One per item, in order. */
  readonly results: readonly {
    /** What `POST /send` would have answered: 202 when it was taken. */
    readonly status: number;
    /** The message, for `GET /messages/{id}`. */
    readonly id?: string;
    /** In the order to, cc, bcc. */
    readonly recipients?: readonly {
      /** `<message id>.<number>` */
      readonly id: string;
      readonly email: string;
    }[];
    readonly problem?: Problem;
  }[];
};

/** body of `PUT /tls-policies`: Set the TLS policy for a domain. */
export type SetTlsPolicyBody = {
  /** A domain of recipients, or `*` for all that have none of their own. */
  readonly domain: string;
  /** `opportunistic`: no more than the domain itself asks; `required`: TLS or no mail, with any certificate; `verified`: with a trusted certificate made out to the mail server. */
  readonly policy: "opportunistic" | "required" | "verified";
};

/** answer of `PUT /tls-policies`: Set the TLS policy for a domain. */
export type SetTlsPolicyAnswer = {
  /** In lower case, A-labels; `*`: all that have none of their own. */
  readonly domain: string;
  /** `opportunistic`: no more than the domain itself asks; `required`: TLS or no mail, with any certificate; `verified`: with a trusted certificate made out to the mail server. */
  readonly policy: "opportunistic" | "required" | "verified";
};

/** query of `GET /events/stream`: Follow the event log. */
export type StreamEventsQuery = {
  /** A cursor, as `next` of `GET /events` and `id` of a stream are; absent: from now on. The header `Last-Event-ID` goes before. */
  readonly after?: string;
  /** Only events of these types: `delivered,bounced`. */
  readonly type?: string;
  /** Only events of this message. */
  readonly message?: string;
  /** Only events about this address, as it was written. */
  readonly recipient?: string;
  /** Only events of messages with this tag. */
  readonly tag?: string;
};

/** answer of `GET /events/stream`: Follow the event log. */
export type StreamEventsAnswer = string;

/** params of `PATCH /webhooks/{id}`: Change a webhook. */
export type UpdateWebhookParams = {
  readonly id: string;
};

/** body of `PATCH /webhooks/{id}`: Change a webhook. */
export type UpdateWebhookBody = {
  /** Where events are posted: http or https, without user and password. */
  readonly url?: string;
  /** The event types wanted; all when empty. In the format `waxwing` some of: accepted, processed, deferred, delivered, bounced, dropped, cancelled, expired, opened, clicked, complained, unsubscribed, replied, received. In the format `sendgrid` some of: processed, dropped, deferred, delivered, bounce, open, click, spam_report, unsubscribe, group_unsubscribe, group_resubscribe. */
  readonly events?: readonly string[];
  /** For people. */
  readonly name?: string | null;
  readonly enabled?: boolean;
  /** How long an event that the endpoint does not take is tried again; 24 when absent. */
  readonly retry_hours?: number;
  /** A webhook whose endpoint has taken nothing for so long, although it was asked, is disabled; 120 when absent. */
  readonly disable_after_hours?: number;
};

/** answer of `PATCH /webhooks/{id}`: Change a webhook. */
export type UpdateWebhookAnswer = Webhook;

/** params of `POST /domains/{id}/verify`: Look at a domain's DNS now. */
export type VerifyDomainParams = {
  readonly id: string;
};

/** answer of `POST /domains/{id}/verify`: Look at a domain's DNS now. */
export type VerifyDomainAnswer = Domain;

/** Every operation of the native API: what it takes and what it answers. */
export interface Operations {
  activateTemplateVersion: { params: ActivateTemplateVersionParams; answer: ActivateTemplateVersionAnswer };
  bounceQueued: { body: BounceQueuedBody; answer: BounceQueuedAnswer };
  cancelMessage: { params: CancelMessageParams; answer: CancelMessageAnswer };
  changeApiKey: { params: ChangeApiKeyParams; body: ChangeApiKeyBody; answer: ChangeApiKeyAnswer };
  changeDomain: { params: ChangeDomainParams; body: ChangeDomainBody; answer: ChangeDomainAnswer };
  changeInboundRoute: { params: ChangeInboundRouteParams; body: ChangeInboundRouteBody; answer: ChangeInboundRouteAnswer };
  changeMailbox: { params: ChangeMailboxParams; body: ChangeMailboxBody; answer: ChangeMailboxAnswer };
  changeOwnProject: { body: ChangeOwnProjectBody; answer: ChangeOwnProjectAnswer };
  changeProject: { params: ChangeProjectParams; body: ChangeProjectBody; answer: ChangeProjectAnswer };
  changeRoute: { params: ChangeRouteParams; body: ChangeRouteBody; answer: ChangeRouteAnswer };
  changeTemplateVersion: { params: ChangeTemplateVersionParams; body: ChangeTemplateVersionBody; answer: ChangeTemplateVersionAnswer };
  changeUnsubscribeGroup: { params: ChangeUnsubscribeGroupParams; body: ChangeUnsubscribeGroupBody; answer: ChangeUnsubscribeGroupAnswer };
  createApiKey: { body: CreateApiKeyBody; answer: CreateApiKeyAnswer };
  createAppPassword: { params: CreateAppPasswordParams; body: CreateAppPasswordBody; answer: CreateAppPasswordAnswer };
  createDomain: { body: CreateDomainBody; answer: CreateDomainAnswer };
  createEgressPool: { body: CreateEgressPoolBody; answer: CreateEgressPoolAnswer };
  createEgressSource: { body: CreateEgressSourceBody; answer: CreateEgressSourceAnswer };
  createHold: { body: CreateHoldBody; answer: CreateHoldAnswer };
  createInboundRoute: { body: CreateInboundRouteBody; answer: CreateInboundRouteAnswer };
  createMailbox: { body: CreateMailboxBody; answer: CreateMailboxAnswer };
  createMailboxAlias: { params: CreateMailboxAliasParams; body: CreateMailboxAliasBody; answer: CreateMailboxAliasAnswer };
  createProject: { body: CreateProjectBody; answer: CreateProjectAnswer };
  createRoute: { body: CreateRouteBody; answer: CreateRouteAnswer };
  createShapingRule: { body: CreateShapingRuleBody; answer: CreateShapingRuleAnswer };
  createSmtpCredential: { body: CreateSmtpCredentialBody; answer: CreateSmtpCredentialAnswer };
  createSuppression: { body: CreateSuppressionBody; answer: CreateSuppressionAnswer };
  createTemplate: { body: CreateTemplateBody; answer: CreateTemplateAnswer };
  createTemplateVersion: { params: CreateTemplateVersionParams; body: CreateTemplateVersionBody; answer: CreateTemplateVersionAnswer };
  createUnsubscribeGroup: { body: CreateUnsubscribeGroupBody; answer: CreateUnsubscribeGroupAnswer };
  createWebhook: { body: CreateWebhookBody; answer: CreateWebhookAnswer };
  deleteApiKey: { params: DeleteApiKeyParams; answer: DeleteApiKeyAnswer };
  deleteAppPassword: { params: DeleteAppPasswordParams; answer: DeleteAppPasswordAnswer };
  deleteDomain: { params: DeleteDomainParams; answer: DeleteDomainAnswer };
  deleteEgressPool: { params: DeleteEgressPoolParams; answer: DeleteEgressPoolAnswer };
  deleteEgressSource: { params: DeleteEgressSourceParams; answer: DeleteEgressSourceAnswer };
  deleteHold: { params: DeleteHoldParams; answer: DeleteHoldAnswer };
  deleteInboundRoute: { params: DeleteInboundRouteParams; answer: DeleteInboundRouteAnswer };
  deleteMailbox: { params: DeleteMailboxParams; answer: DeleteMailboxAnswer };
  deleteMailboxAlias: { params: DeleteMailboxAliasParams; answer: DeleteMailboxAliasAnswer };
  deleteProject: { params: DeleteProjectParams; query?: DeleteProjectQuery; answer: DeleteProjectAnswer };
  deleteRoute: { params: DeleteRouteParams; answer: DeleteRouteAnswer };
  deleteShapingRule: { params: DeleteShapingRuleParams; answer: DeleteShapingRuleAnswer };
  deleteSmtpCredential: { params: DeleteSmtpCredentialParams; answer: DeleteSmtpCredentialAnswer };
  deleteSuppression: { params: DeleteSuppressionParams; query?: DeleteSuppressionQuery; answer: DeleteSuppressionAnswer };
  deleteTemplate: { params: DeleteTemplateParams; answer: DeleteTemplateAnswer };
  deleteTemplateVersion: { params: DeleteTemplateVersionParams; answer: DeleteTemplateVersionAnswer };
  deleteTlsPolicy: { params: DeleteTlsPolicyParams; answer: DeleteTlsPolicyAnswer };
  deleteUnsubscribeGroup: { params: DeleteUnsubscribeGroupParams; answer: DeleteUnsubscribeGroupAnswer };
  deleteWebhook: { params: DeleteWebhookParams; answer: DeleteWebhookAnswer };
  endWebhookReplay: { params: EndWebhookReplayParams; answer: EndWebhookReplayAnswer };
  explainRoute: { query: ExplainRouteQuery; answer: ExplainRouteAnswer };
  exportSuppressions: { answer: ExportSuppressionsAnswer };
  getDomain: { params: GetDomainParams; answer: GetDomainAnswer };
  getEgressPool: { params: GetEgressPoolParams; answer: GetEgressPoolAnswer };
  getEgressSource: { params: GetEgressSourceParams; answer: GetEgressSourceAnswer };
  getHold: { params: GetHoldParams; answer: GetHoldAnswer };
  getInboundRoute: { params: GetInboundRouteParams; answer: GetInboundRouteAnswer };
  getMailbox: { params: GetMailboxParams; answer: GetMailboxAnswer };
  getMailboxUsage: { params: GetMailboxUsageParams; answer: GetMailboxUsageAnswer };
  getMessage: { params: GetMessageParams; answer: GetMessageAnswer };
  getOwnProject: { answer: GetOwnProjectAnswer };
  getProject: { params: GetProjectParams; answer: GetProjectAnswer };
  getQueue: { query?: GetQueueQuery; answer: GetQueueAnswer };
  getRoute: { params: GetRouteParams; answer: GetRouteAnswer };
  getShapingRule: { params: GetShapingRuleParams; answer: GetShapingRuleAnswer };
  getSmtpCredential: { params: GetSmtpCredentialParams; answer: GetSmtpCredentialAnswer };
  getStats: { query?: GetStatsQuery; answer: GetStatsAnswer };
  getTemplate: { params: GetTemplateParams; answer: GetTemplateAnswer };
  getTemplateVersion: { params: GetTemplateVersionParams; answer: GetTemplateVersionAnswer };
  getUnsubscribeGroup: { params: GetUnsubscribeGroupParams; answer: GetUnsubscribeGroupAnswer };
  getWebhook: { params: GetWebhookParams; answer: GetWebhookAnswer };
  getWebhookDelivery: { params: GetWebhookDeliveryParams; answer: GetWebhookDeliveryAnswer };
  importSuppressions: { body: ImportSuppressionsBody; answer: ImportSuppressionsAnswer };
  index: { answer: IndexAnswer };
  listApiKeys: { answer: ListApiKeysAnswer };
  listAppPasswords: { params: ListAppPasswordsParams; answer: ListAppPasswordsAnswer };
  listAuditLog: { query?: ListAuditLogQuery; answer: ListAuditLogAnswer };
  listDomains: { answer: ListDomainsAnswer };
  listEgressPools: { answer: ListEgressPoolsAnswer };
  listEgressSources: { answer: ListEgressSourcesAnswer };
  listEvents: { query?: ListEventsQuery; answer: ListEventsAnswer };
  listHolds: { answer: ListHoldsAnswer };
  listInboundPosts: { params: ListInboundPostsParams; answer: ListInboundPostsAnswer };
  listInboundRoutes: { answer: ListInboundRoutesAnswer };
  listMailboxAliases: { params: ListMailboxAliasesParams; answer: ListMailboxAliasesAnswer };
  listMailboxes: { answer: ListMailboxesAnswer };
  listProjects: { query?: ListProjectsQuery; answer: ListProjectsAnswer };
  listRoutes: { answer: ListRoutesAnswer };
  listShapingRules: { answer: ListShapingRulesAnswer };
  listSmtpCredentials: { answer: ListSmtpCredentialsAnswer };
  listSuppressions: { query?: ListSuppressionsQuery; answer: ListSuppressionsAnswer };
  listTemplates: { answer: ListTemplatesAnswer };
  listTlsPolicies: { answer: ListTlsPoliciesAnswer };
  listUnsubscribeGroups: { answer: ListUnsubscribeGroupsAnswer };
  listWebhookDeliveries: { params: ListWebhookDeliveriesParams; query?: ListWebhookDeliveriesQuery; answer: ListWebhookDeliveriesAnswer };
  listWebhooks: { answer: ListWebhooksAnswer };
  live: { answer: LiveAnswer };
  metrics: { answer: MetricsAnswer };
  ready: { answer: ReadyAnswer };
  renameTemplate: { params: RenameTemplateParams; body: RenameTemplateBody; answer: RenameTemplateAnswer };
  renderTemplate: { params: RenderTemplateParams; body: RenderTemplateBody; answer: RenderTemplateAnswer };
  replaceEgressPool: { params: ReplaceEgressPoolParams; body: ReplaceEgressPoolBody; answer: ReplaceEgressPoolAnswer };
  replaceEgressSource: { params: ReplaceEgressSourceParams; body: ReplaceEgressSourceBody; answer: ReplaceEgressSourceAnswer };
  replaceShapingRule: { params: ReplaceShapingRuleParams; body: ReplaceShapingRuleBody; answer: ReplaceShapingRuleAnswer };
  replayWebhook: { params: ReplayWebhookParams; body: ReplayWebhookBody; answer: ReplayWebhookAnswer };
  requeue: { body: RequeueBody; answer: RequeueAnswer };
  rescheduleMessage: { params: RescheduleMessageParams; body: RescheduleMessageBody; answer: RescheduleMessageAnswer };
  rotateDkimKey: { params: RotateDkimKeyParams; body: RotateDkimKeyBody; answer: RotateDkimKeyAnswer };
  rotateWebhookSecret: { params: RotateWebhookSecretParams; body: RotateWebhookSecretBody; answer: RotateWebhookSecretAnswer };
  searchMessages: { query?: SearchMessagesQuery; answer: SearchMessagesAnswer };
  send: { body: SendBody; answer: SendAnswer };
  sendBatch: { body: SendBatchBody; answer: SendBatchAnswer };
  setTlsPolicy: { body: SetTlsPolicyBody; answer: SetTlsPolicyAnswer };
  streamEvents: { query?: StreamEventsQuery; answer: StreamEventsAnswer };
  updateWebhook: { params: UpdateWebhookParams; body: UpdateWebhookBody; answer: UpdateWebhookAnswer };
  verifyDomain: { params: VerifyDomainParams; answer: VerifyDomainAnswer };
}

/** Where each operation is, and how it is written. */
export const OPERATIONS: Readonly<Record<keyof Operations, OperationPlace>> = {
  activateTemplateVersion: { method: "POST", path: "/templates/{id}/versions/{version}/activate", answer: "json" },
  bounceQueued: { method: "POST", path: "/queue/bounce", answer: "json", body: "application/json" },
  cancelMessage: { method: "POST", path: "/messages/{id}/cancel", answer: "json" },
  changeApiKey: { method: "PATCH", path: "/api-keys/{id}", answer: "json", body: "application/json" },
  changeDomain: { method: "PATCH", path: "/domains/{id}", answer: "json", body: "application/json" },
  changeInboundRoute: { method: "PATCH", path: "/inbound-routes/{id}", answer: "json", body: "application/json" },
  changeMailbox: { method: "PATCH", path: "/mailboxes/{id}", answer: "json", body: "application/json" },
  changeOwnProject: { method: "PATCH", path: "/project", answer: "json", body: "application/json" },
  changeProject: { method: "PATCH", path: "/projects/{id}", answer: "json", body: "application/json" },
  changeRoute: { method: "PATCH", path: "/routes/{id}", answer: "json", body: "application/json" },
  changeTemplateVersion: { method: "PATCH", path: "/templates/{id}/versions/{version}", answer: "json", body: "application/json" },
  changeUnsubscribeGroup: { method: "PATCH", path: "/unsubscribe-groups/{id}", answer: "json", body: "application/json" },
  createApiKey: { method: "POST", path: "/api-keys", answer: "json", body: "application/json" },
  createAppPassword: { method: "POST", path: "/mailboxes/{id}/app-passwords", answer: "json", body: "application/json" },
  createDomain: { method: "POST", path: "/domains", answer: "json", body: "application/json" },
  createEgressPool: { method: "POST", path: "/egress-pools", answer: "json", body: "application/json" },
  createEgressSource: { method: "POST", path: "/egress-sources", answer: "json", body: "application/json" },
  createHold: { method: "POST", path: "/holds", answer: "json", body: "application/json" },
  createInboundRoute: { method: "POST", path: "/inbound-routes", answer: "json", body: "application/json" },
  createMailbox: { method: "POST", path: "/mailboxes", answer: "json", body: "application/json" },
  createMailboxAlias: { method: "POST", path: "/mailboxes/{id}/aliases", answer: "json", body: "application/json" },
  createProject: { method: "POST", path: "/projects", answer: "json", body: "application/json" },
  createRoute: { method: "POST", path: "/routes", answer: "json", body: "application/json" },
  createShapingRule: { method: "POST", path: "/shaping-rules", answer: "json", body: "application/json" },
  createSmtpCredential: { method: "POST", path: "/smtp-credentials", answer: "json", body: "application/json" },
  createSuppression: { method: "POST", path: "/suppressions", answer: "json", body: "application/json" },
  createTemplate: { method: "POST", path: "/templates", answer: "json", body: "application/json" },
  createTemplateVersion: { method: "POST", path: "/templates/{id}/versions", answer: "json", body: "application/json" },
  createUnsubscribeGroup: { method: "POST", path: "/unsubscribe-groups", answer: "json", body: "application/json" },
  createWebhook: { method: "POST", path: "/webhooks", answer: "json", body: "application/json" },
  deleteApiKey: { method: "DELETE", path: "/api-keys/{id}", answer: "none" },
  deleteAppPassword: { method: "DELETE", path: "/mailboxes/{id}/app-passwords/{password}", answer: "none" },
  deleteDomain: { method: "DELETE", path: "/domains/{id}", answer: "none" },
  deleteEgressPool: { method: "DELETE", path: "/egress-pools/{id}", answer: "none" },
  deleteEgressSource: { method: "DELETE", path: "/egress-sources/{id}", answer: "none" },
  deleteHold: { method: "DELETE", path: "/holds/{id}", answer: "none" },
  deleteInboundRoute: { method: "DELETE", path: "/inbound-routes/{id}", answer: "none" },
  deleteMailbox: { method: "DELETE", path: "/mailboxes/{id}", answer: "none" },
  deleteMailboxAlias: { method: "DELETE", path: "/mailboxes/{id}/aliases/{alias}", answer: "none" },
  deleteProject: { method: "DELETE", path: "/projects/{id}", answer: "none" },
  deleteRoute: { method: "DELETE", path: "/routes/{id}", answer: "none" },
  deleteShapingRule: { method: "DELETE", path: "/shaping-rules/{id}", answer: "none" },
  deleteSmtpCredential: { method: "DELETE", path: "/smtp-credentials/{id}", answer: "none" },
  deleteSuppression: { method: "DELETE", path: "/suppressions/{address}", answer: "none" },
  deleteTemplate: { method: "DELETE", path: "/templates/{id}", answer: "none" },
  deleteTemplateVersion: { method: "DELETE", path: "/templates/{id}/versions/{version}", answer: "none" },
  deleteTlsPolicy: { method: "DELETE", path: "/tls-policies/{domain}", answer: "none" },
  deleteUnsubscribeGroup: { method: "DELETE", path: "/unsubscribe-groups/{id}", answer: "none" },
  deleteWebhook: { method: "DELETE", path: "/webhooks/{id}", answer: "none" },
  endWebhookReplay: { method: "DELETE", path: "/webhooks/{id}/replay", answer: "none" },
  explainRoute: { method: "GET", path: "/explain", answer: "json" },
  exportSuppressions: { method: "GET", path: "/suppressions/export", answer: "text" },
  getDomain: { method: "GET", path: "/domains/{id}", answer: "json" },
  getEgressPool: { method: "GET", path: "/egress-pools/{id}", answer: "json" },
  getEgressSource: { method: "GET", path: "/egress-sources/{id}", answer: "json" },
  getHold: { method: "GET", path: "/holds/{id}", answer: "json" },
  getInboundRoute: { method: "GET", path: "/inbound-routes/{id}", answer: "json" },
  getMailbox: { method: "GET", path: "/mailboxes/{id}", answer: "json" },
  getMailboxUsage: { method: "GET", path: "/mailboxes/{id}/usage", answer: "json" },
  getMessage: { method: "GET", path: "/messages/{id}", answer: "json" },
  getOwnProject: { method: "GET", path: "/project", answer: "json" },
  getProject: { method: "GET", path: "/projects/{id}", answer: "json" },
  getQueue: { method: "GET", path: "/queue", answer: "json" },
  getRoute: { method: "GET", path: "/routes/{id}", answer: "json" },
  getShapingRule: { method: "GET", path: "/shaping-rules/{id}", answer: "json" },
  getSmtpCredential: { method: "GET", path: "/smtp-credentials/{id}", answer: "json" },
  getStats: { method: "GET", path: "/stats", answer: "json" },
  getTemplate: { method: "GET", path: "/templates/{id}", answer: "json" },
  getTemplateVersion: { method: "GET", path: "/templates/{id}/versions/{version}", answer: "json" },
  getUnsubscribeGroup: { method: "GET", path: "/unsubscribe-groups/{id}", answer: "json" },
  getWebhook: { method: "GET", path: "/webhooks/{id}", answer: "json" },
  getWebhookDelivery: { method: "GET", path: "/webhooks/{id}/deliveries/{event}", answer: "json" },
  importSuppressions: { method: "POST", path: "/suppressions/import", answer: "json", body: "text/csv" },
  index: { method: "GET", path: "/", answer: "json" },
  listApiKeys: { method: "GET", path: "/api-keys", answer: "json" },
  listAppPasswords: { method: "GET", path: "/mailboxes/{id}/app-passwords", answer: "json" },
  listAuditLog: { method: "GET", path: "/audit-log", answer: "json" },
  listDomains: { method: "GET", path: "/domains", answer: "json" },
  listEgressPools: { method: "GET", path: "/egress-pools", answer: "json" },
  listEgressSources: { method: "GET", path: "/egress-sources", answer: "json" },
  listEvents: { method: "GET", path: "/events", answer: "json" },
  listHolds: { method: "GET", path: "/holds", answer: "json" },
  listInboundPosts: { method: "GET", path: "/inbound-routes/{id}/posts", answer: "json" },
  listInboundRoutes: { method: "GET", path: "/inbound-routes", answer: "json" },
  listMailboxAliases: { method: "GET", path: "/mailboxes/{id}/aliases", answer: "json" },
  listMailboxes: { method: "GET", path: "/mailboxes", answer: "json" },
  listProjects: { method: "GET", path: "/projects", answer: "json" },
  listRoutes: { method: "GET", path: "/routes", answer: "json" },
  listShapingRules: { method: "GET", path: "/shaping-rules", answer: "json" },
  listSmtpCredentials: { method: "GET", path: "/smtp-credentials", answer: "json" },
  listSuppressions: { method: "GET", path: "/suppressions", answer: "json" },
  listTemplates: { method: "GET", path: "/templates", answer: "json" },
  listTlsPolicies: { method: "GET", path: "/tls-policies", answer: "json" },
  listUnsubscribeGroups: { method: "GET", path: "/unsubscribe-groups", answer: "json" },
  listWebhookDeliveries: { method: "GET", path: "/webhooks/{id}/deliveries", answer: "json" },
  listWebhooks: { method: "GET", path: "/webhooks", answer: "json" },
  live: { method: "GET", path: "/health/live", answer: "json" },
  metrics: { method: "GET", path: "/metrics", answer: "text" },
  ready: { method: "GET", path: "/health/ready", answer: "json" },
  renameTemplate: { method: "PATCH", path: "/templates/{id}", answer: "json", body: "application/json" },
  renderTemplate: { method: "POST", path: "/templates/{id}/render", answer: "json", body: "application/json" },
  replaceEgressPool: { method: "PUT", path: "/egress-pools/{id}", answer: "json", body: "application/json" },
  replaceEgressSource: { method: "PUT", path: "/egress-sources/{id}", answer: "json", body: "application/json" },
  replaceShapingRule: { method: "PUT", path: "/shaping-rules/{id}", answer: "json", body: "application/json" },
  replayWebhook: { method: "POST", path: "/webhooks/{id}/replay", answer: "json", body: "application/json" },
  requeue: { method: "POST", path: "/queue/requeue", answer: "json", body: "application/json" },
  rescheduleMessage: { method: "PATCH", path: "/messages/{id}", answer: "json", body: "application/json" },
  rotateDkimKey: { method: "POST", path: "/domains/{id}/rotate-dkim", answer: "json", body: "application/json" },
  rotateWebhookSecret: { method: "POST", path: "/webhooks/{id}/rotate-secret", answer: "json", body: "application/json" },
  searchMessages: { method: "GET", path: "/messages", answer: "json" },
  send: { method: "POST", path: "/send", answer: "json", body: "application/json", idempotencyKey: true },
  sendBatch: { method: "POST", path: "/send/batch", answer: "json", body: "application/json", idempotencyKey: true },
  setTlsPolicy: { method: "PUT", path: "/tls-policies", answer: "json", body: "application/json" },
  streamEvents: { method: "GET", path: "/events/stream", answer: "text" },
  updateWebhook: { method: "PATCH", path: "/webhooks/{id}", answer: "json", body: "application/json" },
  verifyDomain: { method: "POST", path: "/domains/{id}/verify", answer: "json" },
};

/** `idempotencyKey`: it takes an Idempotency-Key, with which it can be repeated. */
export interface OperationPlace {
  readonly method: string;
  readonly path: string;
  readonly answer: "json" | "text" | "none";
  readonly body?: string;
  readonly idempotencyKey?: true;
}
