import { type MailClientService, readAddress } from "@waxwing/outbound";
import type { Logger } from "@waxwing/runtime";
import { type Database, findDomain } from "@waxwing/store";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";

/** A request of Outlook has some 500 bytes. */
const MAX_BODY_BYTES = 16 * 1024;

/**
 * What mail programs ask before they ask people: Thunderbird's autoconfig, also read by K-9, Evolution and others, and Outlook's
 * autodiscover. Answered for every address at a verified domain, whether or not there is such a mailbox: who asks has shown nothing.
 *
 * Sources: https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat, and [MS-OXDSCLI] §3.1.5 for the POX form.
 */
export function mailClientSettingsRoutes(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly hostname: string;
    readonly services: readonly MailClientService[];
    readonly log: Logger;
  },
): void {
  const { db, hostname, services, log } = options;
  const schema = { hide: true };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode >= 500) log.warn({ event: "http.mail-client-settings-failed", err: error });
    return reply.code(statusCode).type("text/plain").send("");
  });

  /** The verified domain of an address, or null. */
  const domainOf = async (address: string): Promise<string | null> => {
    const read = readAddress(address);
    const domain = read.kind === "invalid" ? null : await findDomain(db, read.domain);
    return domain?.name ?? null;
  };

  const Query = Type.Object({ emailaddress: Type.Optional(Type.String({ maxLength: 320 })) });
  for (const url of ["/.well-known/autoconfig/mail/config-v1.1.xml", "/mail/config-v1.1.xml"]) {
    app.get(url, { schema: { ...schema, querystring: Query } }, async (request, reply) => {
      const { emailaddress } = request.query;
      // Without an address the host says whose settings are wanted: autoconfig.<domain>.
      const domain = await domainOf(emailaddress ?? `any@${request.hostname.replace(/^autoconfig\./, "")}`);
      if (domain === null) return await reply.code(404).type("text/plain").send("");
      return await sendXml(reply, autoconfig(domain, hostname, services));
    });
  }

  for (const url of ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"]) {
    app.post(url, { schema }, async (request, reply) => {
      // One element is looked for, and no XML is parsed: entities of a stranger are never resolved.
      const body = typeof request.body === "string" ? request.body : "";
      const [, address = ""] = /<EMailAddress>\s*([^<>&\s]{3,320})\s*<\/EMailAddress>/i.exec(body) ?? [];
      const isKnown = (await domainOf(address)) !== null;
      return await sendXml(reply, isKnown ? autodiscover(address, hostname, services) : UNKNOWN_ADDRESS);
    });
  }
}

function sendXml(reply: FastifyReply, text: string): FastifyReply {
  return reply.type("text/xml; charset=utf-8").header("x-content-type-options", "nosniff").send(text);
}

function autoconfig(domain: string, hostname: string, services: readonly MailClientService[]): string {
  const servers = services.map(({ protocol, port, tls }) => {
    const element = protocol === "smtp" ? "outgoingServer" : "incomingServer";
    return `    <${element} type="${protocol}">
      <hostname>${escapeXml(hostname)}</hostname>
      <port>${port}</port>
      <socketType>${tls === "implicit" ? "SSL" : "STARTTLS"}</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication>
    </${element}>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${escapeXml(domain)}">
    <domain>${escapeXml(domain)}</domain>
    <displayName>${escapeXml(domain)}</displayName>
    <displayShortName>${escapeXml(domain)}</displayShortName>
${servers.join("\n")}
  </emailProvider>
</clientConfig>
`;
}

function autodiscover(address: string, hostname: string, services: readonly MailClientService[]): string {
  // One of each protocol: Outlook takes the first and stumbles over more.
  const first = [...Map.groupBy(services, ({ protocol }) => protocol).values()].flatMap((group) =>
    group.slice(0, 1),
  );
  const protocols = first.map(
    ({ protocol, port, tls }) => `      <Protocol>
        <Type>${protocol.toUpperCase()}</Type>
        <Server>${escapeXml(hostname)}</Server>
        <Port>${port}</Port>
        <LoginName>${escapeXml(address)}</LoginName>
        <DomainRequired>off</DomainRequired>
        <SPA>off</SPA>
        <SSL>on</SSL>
        <Encryption>${tls === "implicit" ? "SSL" : "TLS"}</Encryption>
        <AuthRequired>on</AuthRequired>
      </Protocol>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${protocols.join("\n")}
    </Account>
  </Response>
</Autodiscover>
`;
}

const UNKNOWN_ADDRESS = `<?xml version="1.0" encoding="UTF-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response>
    <Error Time="00:00:00.0000000" Id="0">
      <ErrorCode>500</ErrorCode>
      <Message>The email address cannot be found.</Message>
      <DebugData />
    </Error>
  </Response>
</Autodiscover>
`;

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
}
