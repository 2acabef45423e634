import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runTranscript } from "@waxwing/testkit";
import { NESTED, openDoor, PLAIN } from "./door-fixture.ts";

for (const protocol of ["imap", "pop3"] as const) {
  describe(`${protocol} transcripts`, () => {
    const folder = new URL(`transcripts/${protocol}/`, import.meta.url);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
      test(file, async () => {
        await using door = await openDoor(protocol);
        door.mailbox.deliver("INBOX", PLAIN);
        door.mailbox.deliver("INBOX", NESTED);
        await runTranscript(readFileSync(new URL(file, folder), "utf8"), { port: door.port });
      });
    }
  });
}
