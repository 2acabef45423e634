import type { FailureClass } from "./failure-class.ts";

/** What happened and what to do about it, one sentence for each class; what has ended and what is tried again read the same. */
const ADVICE: Readonly<Record<FailureClass, string>> = {
  "invalid-recipient":
    "The receiving server knows no such mailbox: correct the address or remove it, since further mail to it is kept back.",
  "malformed-address":
    "The receiving server does not take this for an address: correct it, since further mail to it is kept back.",
  "bad-domain":
    "The part after the @ takes no mail or does not exist: look for a typing error there, since further mail to this address is kept back.",
  "mailbox-moved": "The mailbox has moved away: ask the recipient for the new address.",
  "inactive-mailbox":
    "The mailbox exists but has been closed or disabled: reach the recipient in another way and remove the address if it stays so.",
  "mailbox-full":
    "The recipient's mailbox is full: nothing is wrong with your mail, and only the recipient can make room.",
  "mailbox-unavailable":
    "The receiving server could not put the message into this mailbox and does not say why: if it goes on, ask the recipient.",
  greylisted:
    "The receiving server puts off mail from senders it does not know yet: nothing has to be done, the next attempt usually gets through.",
  "rate-limited":
    "The receiving server wants less mail in this time: spread large mailings over more time, and wait.",
  "too-many-connections":
    "The receiving server has too many connections at the moment: nothing has to be done unless it goes on, then lower the concurrency for this site.",
  reputation:
    "The receiving server refuses the address or domain that you send from because of what came from there before: look at complaints and bounces, then ask its postmaster to lift the block.",
  blocklisted:
    "The address or network that you send from is on a block list: find the list in the reply, remove the cause, and ask there to be taken off.",
  "host-identity":
    "The receiving server does not accept the name of your server: make the PTR record of the sending address, its A or AAAA record and the name in EHLO agree.",
  "authentication-failed":
    "The message did not pass SPF, DKIM or DMARC at the receiving server: check the DNS records of the sending domain.",
  "spam-content":
    "The receiving server takes the content for spam: look at links, wording and images, and write only to people who expect it.",
  virus: "The receiving server found what it takes for a virus: check the attachments.",
  attachment:
    "The receiving server does not accept a file of this kind: send a link in place of the attachment.",
  "too-large":
    "The message is larger than the receiving server accepts: send a link in place of the attachments.",
  "malformed-message":
    "The receiving server finds an error in how the message is written: check the header fields and line ends that the application sets.",
  "invalid-sender":
    "The receiving server does not accept the sender's address or cannot resolve its domain: check that the domain exists and can receive mail.",
  "sender-blocked":
    "The recipient or their organization does not take mail from you: ask them over another channel to allow it.",
  policy:
    "A rule of the receiving server forbids this message and it does not say which: read the reply, and ask its postmaster if it is no help.",
  "relay-denied":
    "The server that the recipient's domain names does not feel responsible for it: the domain's MX records or that server's settings are wrong, which only its owner can mend.",
  "tls-required":
    "The message may only go over a connection with verified TLS, which did not come about: the certificate or TLS settings of one side have to be mended.",
  "protocol-error":
    "The two servers did not understand each other: if it goes on, look at the conversation and report it.",
  misconfigured: "The receiving server is set up wrongly: only its postmaster can mend it.",
  "system-unavailable":
    "The receiving server has a problem of its own at the moment: nothing has to be done, it usually passes.",
  routing:
    "The message could not find its way to the recipient's mailbox, or went in circles: the routing of the recipient's domain has to be mended by its owner.",
  "dns-failure":
    "The DNS of the recipient's domain does not answer: nothing has to be done unless it goes on, then check the resolvers of this installation.",
  "no-answer":
    "No server of the recipient's domain could be reached: if other domains work, the fault is on their side, otherwise check that this host may connect to port 25.",
  "connection-lost":
    "The connection broke off on the way: nothing has to be done unless it goes on, then look for a firewall or a size limit on the path.",
  "expired-elsewhere":
    "A server behind the one that took the message could not deliver it in time: the fault lies beyond it.",
  "local-error":
    "The message could not be prepared for sending here: look at the log of the worker, and at the template or the domain's keys.",
  unclassified: "The reply fits no known reason: read it, and ask the postmaster of the recipient's domain.",
};

/** One plain sentence on a failure of this class: what happened, and what to do. */
export const adviceOn = (failure: FailureClass): string => ADVICE[failure];
