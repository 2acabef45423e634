export {
  type Accept,
  type Acceptance,
  createAcceptor,
  PRIORITIES,
  type Priority,
  type Submission,
} from "./accept.ts";
