import type { Pop3Row } from "./command-row.ts";
import { auth } from "./commands/auth.ts";
import { capa } from "./commands/capa.ts";
import { list, uidl } from "./commands/list.ts";
import { dele, noop, rset, stat } from "./commands/maildrop-state.ts";
import { quit } from "./commands/quit.ts";
import { retr, top } from "./commands/retr.ts";
import { stls } from "./commands/stls.ts";
import { pass, user } from "./commands/user.ts";
import { utf8 } from "./commands/utf8.ts";

/** Every command. APOP is missing on purpose: it needs passwords that can be read back. */
export const POP3_COMMANDS: Readonly<Record<string, Pop3Row>> = {
  CAPA: { rfc: "RFC 2449 5", in: "any", preTls: true, args: [0, 0], run: capa },
  QUIT: { rfc: "RFC 1939 5, 6", in: "any", preTls: true, args: [0, 0], run: quit },
  UTF8: { rfc: "RFC 6856 2", in: "authorization", preTls: true, args: [0, 0], run: utf8 },
  STLS: { rfc: "RFC 2595 4", in: "authorization", preTls: true, args: [0, 0], run: stls },
  USER: { rfc: "RFC 1939 7", in: "authorization", preTls: false, args: [1, 1], run: user },
  PASS: {
    rfc: "RFC 1939 7",
    in: "authorization",
    preTls: false,
    args: [0, Number.POSITIVE_INFINITY],
    run: pass,
  },
  AUTH: { rfc: "RFC 5034 4", in: "authorization", preTls: false, args: [0, 2], run: auth },
  STAT: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [0, 0], run: stat },
  LIST: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [0, 1], run: list },
  UIDL: { rfc: "RFC 1939 7", in: "transaction", preTls: true, args: [0, 1], run: uidl },
  RETR: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [1, 1], run: retr },
  TOP: { rfc: "RFC 1939 7", in: "transaction", preTls: true, args: [2, 2], run: top },
  DELE: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [1, 1], run: dele },
  RSET: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [0, 0], run: rset },
  NOOP: { rfc: "RFC 1939 5", in: "transaction", preTls: true, args: [0, 0], run: noop },
};
