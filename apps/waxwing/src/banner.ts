import type { Config, DataDir, Door } from "@waxwing/runtime";
import { bootstrapMailbox } from "./bootstrap.ts";
import type { OpenDoors } from "./roles.ts";

const DOOR_NAMES: Readonly<Record<Door, string>> = {
  http: "HTTP API, docs at /docs",
  submission: "SMTP submission, STARTTLS",
  submissions: "SMTP submission, TLS",
  inbound: "SMTP inbound",
  imap: "IMAP, STARTTLS",
  imaps: "IMAP, TLS",
  pop3: "POP3, STLS",
  pop3s: "POP3, TLS",
};

/** What `npm start` prints: where everything listens, the credentials, and one line to try. */
export function renderBanner(config: Config, dataDir: DataDir, doors: OpenDoors): string {
  const lines = ["", "Waxwing is running.", ""];
  for (const [door, name] of Object.entries(DOOR_NAMES) as [Door, string][]) {
    const listen = config.listen[door];
    const port = doors[door];
    const where = listen === "off" || port === undefined ? "off" : `${hostOf(listen.host)}:${port}`;
    lines.push(`  ${name.padEnd(28)}${door === "http" && where !== "off" ? "http://" : ""}${where}`);
  }
  const mailbox = bootstrapMailbox(config);
  lines.push(
    "",
    `  API key                     ${dataDir.apiKey}`,
    `  SMTP login                  apikey, password: the API key`,
    `  Mailbox                     ${mailbox}, password: ${dataDir.mailboxPassword}`,
    `  Data                        ${dataDir.path}`,
    "",
  );
  const { http } = config.listen;
  if (http !== "off" && doors.http !== undefined) {
    const body = JSON.stringify({
      from: `Shop <shop@${config.domain}>`,
      to: mailbox,
      subject: "Hello",
      text: "It works.",
    });
    lines.push(
      "Try:",
      "",
      `  curl http://${hostOf(http.host)}:${doors.http}/send -H 'Authorization: Bearer ${dataDir.apiKey}' -H 'Content-Type: application/json' -d '${body}'`,
      "",
    );
  }
  return lines.join("\n");
}

/** A listener on every interface is reached by the loopback address too. */
const hostOf = (host: string): string => {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
};
