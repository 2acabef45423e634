import { fetchmail, getmail, mpop, poplib } from "./mail-programs.ts";
import { describeFetching } from "./programs-fetch-all.ts";

describeFetching("mail programs fetch 1,000 varied messages over POP3", {
  fetchmail: { run: fetchmail, keeps: "the last words of the well-formed" },
  getmail: { run: getmail, keeps: "the last words of the well-formed" },
  mpop: { run: mpop, keeps: "everything" },
  poplib: { run: poplib, keeps: "everything" },
});
