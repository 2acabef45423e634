import type { CommandRow } from "./command-row.ts";
import { append } from "./commands/append.ts";
import { authenticate } from "./commands/authenticate.ts";
import { capability } from "./commands/capability.ts";
import { close, unselectCommand } from "./commands/close.ts";
import { compress } from "./commands/compress.ts";
import { copy, move } from "./commands/copy.ts";
import { create } from "./commands/create.ts";
import { deleteCommand } from "./commands/delete.ts";
import { enable } from "./commands/enable.ts";
import { expunge, uidExpunge } from "./commands/expunge.ts";
import { fetch } from "./commands/fetch.ts";
import { getMetadata } from "./commands/getmetadata.ts";
import { getQuota, getQuotaRoot, setQuota } from "./commands/getquota.ts";
import { id } from "./commands/id.ts";
import { idle } from "./commands/idle.ts";
import { list } from "./commands/list.ts";
import { login } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { lsub } from "./commands/lsub.ts";
import { namespace } from "./commands/namespace.ts";
import { noop } from "./commands/noop.ts";
import { rename } from "./commands/rename.ts";
import { replace } from "./commands/replace.ts";
import { search } from "./commands/search.ts";
import { select } from "./commands/select.ts";
import { setMetadata } from "./commands/setmetadata.ts";
import { sort } from "./commands/sort.ts";
import { starttls } from "./commands/starttls.ts";
import { status } from "./commands/status.ts";
import { store } from "./commands/store.ts";
import { subscribe } from "./commands/subscribe.ts";
import { thread } from "./commands/thread.ts";

/** Every command, one row each; adding one is a file in `commands/` and a row here. */
export const COMMANDS: Readonly<Record<string, CommandRow>> = {
  CAPABILITY: { rfc: "6.1.1", in: "any", preTls: true, updates: "none", run: capability },
  NOOP: { rfc: "6.1.2", in: "any", preTls: true, updates: "poll", run: noop },
  LOGOUT: { rfc: "6.1.3", in: "any", preTls: true, updates: "none", run: logout },
  ID: { rfc: "RFC 2971", in: "any", preTls: true, updates: "none", run: id },

  STARTTLS: { rfc: "6.2.1", in: "not-authenticated", preTls: true, updates: "none", run: starttls },
  AUTHENTICATE: { rfc: "6.2.2", in: "not-authenticated", preTls: false, updates: "none", run: authenticate },
  LOGIN: { rfc: "6.2.3", in: "not-authenticated", preTls: false, updates: "none", run: login },

  COMPRESS: { rfc: "RFC 4978", in: "authenticated", preTls: true, updates: "all", run: compress },
  ENABLE: { rfc: "6.3.1", in: "authenticated", preTls: true, updates: "none", run: enable },
  SELECT: { rfc: "6.3.2", in: "authenticated", preTls: true, updates: "none", run: select(false) },
  EXAMINE: { rfc: "6.3.3", in: "authenticated", preTls: true, updates: "none", run: select(true) },
  CREATE: { rfc: "6.3.4", in: "authenticated", preTls: true, updates: "all", run: create },
  DELETE: { rfc: "6.3.5", in: "authenticated", preTls: true, updates: "all", run: deleteCommand },
  RENAME: { rfc: "6.3.6", in: "authenticated", preTls: true, updates: "all", run: rename },
  SUBSCRIBE: { rfc: "6.3.7", in: "authenticated", preTls: true, updates: "all", run: subscribe(true) },
  UNSUBSCRIBE: { rfc: "6.3.8", in: "authenticated", preTls: true, updates: "all", run: subscribe(false) },
  LIST: { rfc: "6.3.9", in: "authenticated", preTls: true, updates: "all", run: list },
  LSUB: { rfc: "RFC 3501 6.3.9", in: "authenticated", preTls: true, updates: "all", run: lsub },
  NAMESPACE: { rfc: "6.3.10", in: "authenticated", preTls: true, updates: "all", run: namespace },
  STATUS: { rfc: "6.3.11", in: "authenticated", preTls: true, updates: "all", run: status },
  APPEND: { rfc: "6.3.12", in: "authenticated", preTls: true, updates: "poll", run: append },
  IDLE: { rfc: "6.3.13", in: "authenticated", preTls: true, updates: "all", run: idle },

  GETQUOTA: { rfc: "RFC 9208 4.1.1", in: "authenticated", preTls: true, updates: "all", run: getQuota },
  GETQUOTAROOT: {
    rfc: "RFC 9208 4.1.2",
    in: "authenticated",
    preTls: true,
    updates: "all",
    run: getQuotaRoot,
  },
  SETQUOTA: { rfc: "RFC 9208 4.1.3", in: "authenticated", preTls: true, updates: "all", run: setQuota },
  GETMETADATA: { rfc: "RFC 5464 4.2", in: "authenticated", preTls: true, updates: "all", run: getMetadata },
  SETMETADATA: { rfc: "RFC 5464 4.3", in: "authenticated", preTls: true, updates: "all", run: setMetadata },

  CLOSE: { rfc: "6.4.1", in: "selected", preTls: true, updates: "none", run: close },
  UNSELECT: { rfc: "6.4.2", in: "selected", preTls: true, updates: "none", run: unselectCommand },
  EXPUNGE: { rfc: "6.4.3", in: "selected", preTls: true, updates: "all", run: expunge },
  CHECK: { rfc: "RFC 3501 6.4.1", in: "selected", preTls: true, updates: "poll", run: noop },
  SEARCH: { rfc: "6.4.4", in: "selected", preTls: true, updates: "no-expunge", run: search("sequence") },
  SORT: { rfc: "RFC 5256 3", in: "selected", preTls: true, updates: "no-expunge", run: sort("sequence") },
  THREAD: { rfc: "RFC 5256 3", in: "selected", preTls: true, updates: "no-expunge", run: thread("sequence") },
  FETCH: { rfc: "6.4.5", in: "selected", preTls: true, updates: "no-expunge", run: fetch("sequence") },
  STORE: { rfc: "6.4.6", in: "selected", preTls: true, updates: "no-expunge", run: store("sequence") },
  COPY: { rfc: "6.4.7", in: "selected", preTls: true, updates: "all", run: copy("sequence") },
  MOVE: { rfc: "6.4.8", in: "selected", preTls: true, updates: "all", run: move("sequence") },
  REPLACE: { rfc: "RFC 8508 3.3", in: "selected", preTls: true, updates: "all", run: replace("sequence") },
  "UID SEARCH": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: search("uid") },
  "UID FETCH": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: fetch("uid") },
  "UID STORE": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: store("uid") },
  "UID COPY": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: copy("uid") },
  "UID MOVE": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: move("uid") },
  "UID SORT": { rfc: "RFC 5256 3", in: "selected", preTls: true, updates: "all", run: sort("uid") },
  "UID THREAD": { rfc: "RFC 5256 3", in: "selected", preTls: true, updates: "all", run: thread("uid") },
  "UID REPLACE": { rfc: "RFC 8508 3.4", in: "selected", preTls: true, updates: "all", run: replace("uid") },
  "UID EXPUNGE": { rfc: "6.4.9", in: "selected", preTls: true, updates: "all", run: uidExpunge },
};
