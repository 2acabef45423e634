import { curl, imapflow, imaplib, mbsync, neomutt, offlineimap } from "./mail-programs.ts";
import { describeFetching } from "./programs-fetch-all.ts";

describeFetching("mail programs fetch 1,000 varied messages over IMAP", {
  mbsync: { run: mbsync, keeps: "everything", skips: lacksEndOfHeader },
  offlineimap: { run: offlineimap, keeps: "the last words of the well-formed" },
  neomutt: { run: neomutt, keeps: "the well-formed" },
  curl: { run: curl, keeps: "everything" },
  imaplib: { run: imaplib, keeps: "everything" },
  imapflow: { run: imapflow, keeps: "everything" },
});

function lacksEndOfHeader(raw: Buffer): boolean {
  return !raw.includes("\r\n\r\n") && raw.indexOf("\r\n") > 0;
}
