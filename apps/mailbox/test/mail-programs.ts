import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { splitBatch } from "./fetched-mail.ts";
import { type ProgramRun, runForeign } from "./foreign-program.ts";
import { openLmtpSink } from "./lmtp-sink.ts";
import { ANN, connectImap } from "./mailbox-house.ts";

/** Where a mail program finds a mailbox, and where it may keep its things. */
export interface Account {
  readonly ports: { readonly imaps: number; readonly pop3s: number };
  /** Of the server, PEM. */
  readonly certificate: string;
  readonly folder: string;
  /** An empty directory. What the program fetches goes to `mail` below it. */
  readonly home: string;
}

/** How a program ended. */
export interface MailProgramRun extends ProgramRun {
  /** What it fetched, where it writes no files. */
  readonly mail?: readonly Buffer[];
}

/** Runs a program over an account once; null where the machine lacks it. */
export type MailProgram = (t: TestContext, account: Account) => Promise<MailProgramRun | null>;

/** Synchronises both ways with the Maildir `mail`. */
export const mbsync: MailProgram = async (t, { ports, certificate, folder, home }) => {
  await writeFile(join(home, "server.pem"), certificate);
  await mkdir(join(home, "others"), { recursive: true });
  const file = join(home, "mbsyncrc");
  await writeFile(
    file,
    `FSync no

IMAPAccount ann
Host localhost
Port ${ports.imaps}
User ${ANN.user}
Pass "${ANN.pass}"
SSLType IMAPS
CertificateFile ${home}/server.pem

IMAPStore far
Account ann

MaildirStore near
Path ${home}/others/
Inbox ${home}/mail

Channel all
Far ":far:${folder}"
Near :near:
Create Near
Expunge Both
Sync All
SyncState ${home}/state
`,
  );
  return runForeign(t, home, "mbsync", ["-c", file, "all"]);
};

/** Synchronises both ways with the Maildir `mail`. */
export const offlineimap: MailProgram = async (t, { ports, certificate, folder, home }) => {
  const file = join(home, "offlineimaprc");
  await writeFile(
    file,
    `[general]
accounts = ann
metadata = ${home}/meta
ui = basic
fsync = False

[Account ann]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = ${home}
nametrans = lambda name: ${JSON.stringify(folder)}
folderfilter = lambda name: name == "mail"

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${ports.imaps}
remoteuser = ${ANN.user}
remotepass = ${ANN.pass}
ssl = yes
cert_fingerprint = ${new X509Certificate(certificate).fingerprint.replaceAll(":", "").toLowerCase()}
folderfilter = lambda name: name == ${JSON.stringify(folder)}
nametrans = lambda name: "mail"
createfolders = False
`,
  );
  return runForeign(t, home, "offlineimap", ["-c", file, "-o"]);
};

/** Copies everything to the Maildir `mail`, as a person would at its screen. */
export const neomutt: MailProgram = async (t, { ports, certificate, folder, home }) => {
  await writeFile(join(home, "server.pem"), certificate);
  const file = join(home, "neomuttrc");
  const keys = `<tag-pattern>.<enter><tag-prefix><copy-message>${home}/mail<enter><quit>`;
  await writeFile(
    file,
    `set imap_user = "${ANN.user}"
set imap_pass = "${ANN.pass}"
set certificate_file = "${home}/server.pem"
set ssl_verify_host = no
set folder = "${home}"
set mbox_type = Maildir
set confirmappend = no
set confirmcreate = no
set quit = yes
set delete = yes
set move = no
set wait_key = no
set mark_old = no
set copy = yes
set sleep_time = 0
push "${keys}"
`,
  );
  const url = `imaps://localhost:${ports.imaps}/${folder}`;
  // It wants a terminal.
  const command = `neomutt -n -F ${file} -f ${url}`;
  const there = await runForeign(t, home, "neomutt", ["-v"]);
  return there === null ? null : runForeign(t, home, "script", ["-qec", command, "/dev/null"]);
};

/** Fetches by UID, into a file each. */
export const curl: MailProgram = async (t, { ports, folder, home }) => {
  await mkdir(join(home, "mail"));
  const url = `imaps://127.0.0.1:${ports.imaps}/${folder};UID=[1-1000]`;
  return runForeign(t, home, "curl", ["-sS", "-k", "-u", `${ANN.user}:${ANN.pass}`, url, "-o", "mail/#1"]);
};

/** Fetches over POP3, keeping everything on the server, into one file of batch SMTP. */
export const fetchmail: MailProgram = async (t, { ports, home }) => {
  const file = join(home, "fetchmailrc");
  await writeFile(
    file,
    `poll 127.0.0.1 service ${ports.pop3s} protocol pop3 uidl auth password
  username "${ANN.user}" password "${ANN.pass}" ssl no sslcertck
  keep fetchall no rewrite no mimedecode pass8bits bsmtp "${home}/batch"
`,
    { mode: 0o600 },
  );
  const files = ["--pidfile", `${home}/pid`, "--idfile", `${home}/ids`];
  const args = ["-f", file, "-N", "--nosyslog", ...files, "--bad-header", "accept"];
  const run = await runForeign(t, home, "fetchmail", args);
  return run?.code === 0 ? { ...run, mail: splitBatch(await readFile(join(home, "batch"))) } : run;
};

/**
 * Fetches over POP3, keeping everything on the server, and hands it on over LMTP: to write a file it forks for each message, and now
 * and then misses the end of its child.
 */
export const getmail: MailProgram = async (t, { ports, home }) => {
  await using sink = await openLmtpSink();
  await writeFile(
    join(home, "getmailrc"),
    `[retriever]
type = SimplePOP3SSLRetriever
server = 127.0.0.1
port = ${ports.pop3s}
username = ${ANN.user}
password = ${ANN.pass}

[destination]
type = MDA_lmtp
host = 127.0.0.1
port = ${sink.port}
override = ann@localhost

[options]
read_all = true
delete = false
delivered_to = false
received = false
`,
  );
  const run = await runForeign(t, home, "getmail", [`--getmaildir=${home}`, "--rcfile=getmailrc", "-q"]);
  return run === null ? null : { ...run, mail: sink.mail };
};

/** Fetches over POP3, keeping everything on the server, into the Maildir `mail`. */
export const mpop: MailProgram = async (t, { ports, home }) => {
  for (const name of ["cur", "new", "tmp"]) await mkdir(join(home, "mail", name), { recursive: true });
  const file = join(home, "mpoprc");
  await writeFile(
    file,
    `account default
host 127.0.0.1
port ${ports.pop3s}
tls on
tls_starttls off
tls_certcheck off
user ${ANN.user}
password "${ANN.pass}"
keep on
received_header off
uidls_file ${home}/uidls
delivery maildir ${home}/mail
`,
    { mode: 0o600 },
  );
  return runForeign(t, home, "mpop", ["-C", file]);
};

const IMAPLIB = `
import imaplib, os, ssl, sys
user, password, port, folder = sys.argv[1:]
os.mkdir("mail")
mailbox = imaplib.IMAP4_SSL("127.0.0.1", int(port), ssl_context=ssl._create_unverified_context())
mailbox.login(user, password)
mailbox.select(folder, readonly=True)
kind, answers = mailbox.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
assert kind == "OK"
for number, answer in enumerate(one for one in answers if isinstance(one, tuple)):
    open("mail/%d" % number, "wb").write(answer[1])
mailbox.logout()
`;

/** Fetches all in one command, with what a list of messages shows. */
export const imapflow: MailProgram = async (_, { ports, folder }) => {
  const flow = await connectImap({ ports });
  await flow.mailboxOpen(folder, { readOnly: true });
  const mail: Buffer[] = [];
  for await (const message of flow.fetch("1:*", { source: true, envelope: true, bodyStructure: true })) {
    if (message.source !== undefined) mail.push(message.source);
  }
  await flow.logout();
  return { code: 0, output: "", mail };
};

/** Fetches all in one command, into a file each. */
export const imaplib: MailProgram = (t, { ports, folder, home }) =>
  runForeign(t, home, "python3", ["-c", IMAPLIB, ANN.user, ANN.pass, String(ports.imaps), folder]);

const POPLIB = `
import os, poplib, ssl, sys
user, password, port = sys.argv[1:]
os.mkdir("mail")
poplib._MAXLINE = 100000
mailbox = poplib.POP3_SSL("127.0.0.1", int(port), context=ssl._create_unverified_context())
mailbox.user(user)
mailbox.pass_(password)
count, size = mailbox.stat()
assert len(mailbox.uidl()[1]) == count
for number in range(1, count + 1):
    open("mail/%d" % number, "wb").write(b"\\r\\n".join(mailbox.retr(number)[1]) + b"\\r\\n")
mailbox.quit()
`;

/** Fetches one after the other, into a file each. */
export const poplib: MailProgram = (t, { ports, home }) =>
  runForeign(t, home, "python3", ["-c", POPLIB, ANN.user, ANN.pass, String(ports.pop3s)]);
