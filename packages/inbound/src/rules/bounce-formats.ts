import type { DsnAction, FailureClass } from "@waxwing/message";

/** How one mail system writes reports that are not RFC 3464, or not only. All that a row asks for must be so. */
export interface BounceFormat {
  readonly name: string;
  readonly source: string;
  /** One of these stands in the text, in lower case with one space between words. */
  readonly text?: readonly string[];
  /** All of them do, not one. */
  readonly isAllText?: true;
  /** The subject in lower case. */
  readonly subject?: RegExp;
  /** A header field that is there. */
  readonly field?: string;
  /** The header field says this, in lower case. */
  readonly fieldSays?: RegExp;
  readonly action?: Extract<DsnAction, "failed" | "delayed" | "delivered">;
  /** What such a report is about when its words say nothing else. */
  readonly class?: FailureClass;
}

const SISIMAI = "https://github.com/sisimai/p5-sisimai/blob/master/lib/Sisimai/Lhost";
const EXCHANGE_ONLINE =
  "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online";

/** The formats, the telling ones first. Facts only: what marks them, taken from vendors' documentation and from Sisimai (BSD-2-Clause). */
export const BOUNCE_FORMATS: readonly BounceFormat[] = [
  {
    name: "qmail",
    source: "https://cr.yp.to/proto/qsbmf.txt",
    text: [
      "i'm afraid i wasn't able to deliver your message",
      "hi. this is the qmail-send program",
      "i wasn't able to deliver your message to the following address",
    ],
  },
  {
    name: "yahoo",
    source: `${SISIMAI}/Yahoo.pm`,
    text: ["sorry, we were unable to deliver your message to the following address"],
  },
  {
    name: "zoho",
    source: `${SISIMAI}/Zoho.pm`,
    field: "x-zohomail",
    text: ["this message was created automatically by mail delivery"],
  },
  {
    name: "gmx",
    source: `${SISIMAI}/GMX.pm`,
    field: "x-gmx-antispam",
    text: ["this message was created automatically by mail delivery"],
  },
  {
    name: "exim-delay",
    source: "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-customizing_messages.html",
    text: ["a message that you sent has not yet been delivered to one or more of its recipients"],
    action: "delayed",
  },
  {
    name: "exim",
    source: `${SISIMAI}/Exim.pm`,
    text: [
      "this message was created automatically by mail delivery software",
      "a message that you sent could not be delivered to one or more of its",
      "a message that you sent was rejected by the local scan",
    ],
  },
  { name: "mail.ru", source: `${SISIMAI}/MailRu.pm`, text: ["это письмо создано автоматически"] },
  {
    name: "postfix",
    source: "https://www.postfix.org/bounce.5.html",
    text: ["this is the mail system at host", "this is the postfix program at host"],
  },
  {
    name: "sendmail-delay",
    source: `${SISIMAI}/Sendmail.pm`,
    text: ["the following addresses had transient non-fatal errors", "this is a warning message only"],
    action: "delayed",
  },
  {
    name: "sendmail",
    source: `${SISIMAI}/Sendmail.pm`,
    text: [
      "the following addresses had permanent fatal errors",
      "the following addresses had delivery problems",
      "----- transcript of session follows -----",
      "the original message was received at",
    ],
  },
  {
    name: "courier-delay",
    source: "https://www.courier-mta.org/courierdsn.html",
    text: ["delays in delivering your message"],
    action: "delayed",
  },
  {
    name: "courier",
    source: "https://www.courier-mta.org/courierdsn.html",
    text: ["running the courier mail server"],
  },
  {
    name: "domino",
    source: `${SISIMAI}/Domino.pm`,
    subject: /^delivery failure:/,
    text: ["was not delivered to:"],
  },
  { name: "notes", source: `${SISIMAI}/Notes.pm`, text: ["------- failure reasons"] },
  {
    name: "exchange-5.5",
    source: `${SISIMAI}/Exchange2003.pm`,
    text: ["did not reach the following recipient(s):"],
  },
  {
    name: "exchange",
    source: `${SISIMAI}/Exchange2007.pm`,
    text: [
      "diagnostic information for administrators:",
      "delivery has failed to these recipients or",
      "diagnoseinformationen für administratoren:",
      "informations de diagnostic pour les administrateurs",
      "información de diagnóstico para los administradores",
      "informações de diagnóstico para administradores",
      "informazioni di diagnostica per gli amministratori",
      "diagnostische informatie voor beheerders",
      "管理者用の診断情報",
      "管理员的诊断信息",
      "диагностические сведения для администраторов",
    ],
  },
  {
    name: "office365",
    source: EXCHANGE_ONLINE,
    text: ["your message to", "couldn't be delivered", "office 365"],
    isAllText: true,
  },
  {
    name: "gmail-delay",
    source: `${SISIMAI}/Gmail.pm`,
    text: [
      "delivery to the following recipient has been delayed",
      "there was a temporary problem delivering your message",
    ],
    action: "delayed",
  },
  {
    name: "gmail",
    source: `${SISIMAI}/Gmail.pm`,
    text: [
      "delivery to the following recipient failed permanently",
      "delivery to the following recipients failed permanently",
      "** address not found **",
      "** message not delivered **",
      "** message blocked **",
      "your message wasn't delivered to",
    ],
  },
  {
    name: "google-groups",
    source: `${SISIMAI}/GoogleGroups.pm`,
    text: ["we're writing to let you know that the group you tried to contact"],
    class: "sender-blocked",
  },
  {
    name: "messaging-server",
    source: `${SISIMAI}/MessagingServer.pm`,
    text: ["this report relates to a message you sent with the following header fields"],
  },
  {
    name: "amazon-ses",
    source: `${SISIMAI}/AmazonSES.pm`,
    text: ["an error occurred while trying to deliver the mail to the following recipients"],
  },
  { name: "mailmarshal", source: `${SISIMAI}/MailMarshal.pm`, text: ["could not be delivered because of"] },
  {
    name: "mimecast",
    source: `${SISIMAI}/Mimecast.pm`,
    subject: /^\[postmaster\] (?:email|message) delivery failure/,
  },
  {
    name: "groupwise",
    source: "https://www.novell.com/documentation/groupwise",
    text: ["the message that you sent was undeliverable to the following"],
  },
  {
    name: "groupwise",
    source: "https://www.novell.com/documentation/groupwise",
    subject: /^message status - undeliverable/,
  },
  {
    name: "interscan",
    source: `${SISIMAI}/TrendMicro.pm`,
    text: ["sent <<< ", "unable to deliver message to <"],
  },
  { name: "kddi", source: `${SISIMAI}/KDDI.pm`, text: ["could not be delivered to: <"] },
  {
    name: "ezweb",
    source: `${SISIMAI}/EZweb.pm`,
    text: ["the user(s) account is", "each of the following recipients was rejected by a remote"],
  },
  {
    name: "vtext",
    source: `${SISIMAI}/Verizon.pm`,
    fieldSays: /^(?:<?post_master@vtext\.com|.*sysadmin@.*\bvzwpix\.com)/,
    field: "from",
  },
  {
    name: "mobile-gateway",
    source: `${SISIMAI}/Verizon.pm`,
    text: ["message could not be delivered to mobile"],
  },
  { name: "imail", source: `${SISIMAI}/IMailServer.pm`, field: "x-mailer", fieldSays: /^<smtp32 v/ },
  {
    name: "imail",
    source: `${SISIMAI}/IMailServer.pm`,
    text: ["original message follows."],
    subject: /^undeliverable mail/,
  },
  { name: "smail", source: `${SISIMAI}/DeutscheTelekom.pm`, text: ["failed addresses follow:"] },
  {
    name: "opensmtpd",
    source: `${SISIMAI}/OpenSMTPD.pm`,
    text: ["an error has occurred while attempting to deliver a message for"],
  },
  {
    name: "messagelabs",
    source: `${SISIMAI}/MessageLabs.pm`,
    text: ["this is the mail delivery agent at messagelabs"],
  },
  {
    name: "powermta",
    source: `${SISIMAI}/PowerMTA.pm`,
    text: [
      "i am sending you this message to inform you on the delivery status of a message you previously sent",
    ],
  },
  {
    name: "ironport",
    source: "https://www.cisco.com/c/en/us/support/docs/security/email-security-appliance",
    text: ["was undeliverable. the reason for the problem"],
  },
  {
    name: "mdaemon",
    source: "https://help.mdaemon.com/MDaemon/en/",
    text: [
      "the attached message had permanent fatal delivery errors",
      "the attached message had persistent delivery failure",
    ],
  },
  {
    name: "qq",
    source: "https://service.mail.qq.com/detail/0/44",
    text: ["您的邮件被退回", "您的邮件被退信"],
  },
  {
    name: "netease",
    source: "https://help.mail.163.com/",
    text: ["您的邮件未能投递", "您的邮件无法投递", "邮件发送失败通知", "您发送的邮件被退回"],
  },
  { name: "sina", source: "https://help.sina.com.cn/", text: ["无法发送到以下收件人", "退信原因"] },
  {
    name: "yandex",
    source: "https://yandex.com/support/yandex-360/customers/mail/en/web/letter/create/errors",
    text: ["доставить письмо не удалось", "письмо не может быть доставлено", "сообщение не доставлено"],
  },
  { name: "failed-recipients", source: `${SISIMAI}/Exim.pm`, field: "x-failed-recipients" },
];

/** Lines after which the returned message stands, in lower case. What follows them is not the report's own. */
export const RETURNED_MESSAGE_MARKS: readonly string[] = [
  "--- below this line is a copy of the message", // qmail
  "------ this is a copy of", // Exim
  "------ this is a copy of the message's headers",
  "--- the header of the original message is following", // GMX
  "----- original message -----", // Gmail
  "----- message header follows -----",
  "----- original message follows -----", // Sendmail
  "----- message header follows",
  "----- unsent message follows -----", // Sendmail 5
  "----- unsent message below -----",
  "----- returned message",
  "------- returned message --------", // Notes
  "original message headers:", // Exchange
  "ursprüngliche nachrichtenkopfzeilen:",
  "ursprüngliche nachrichtenköpfe:",
  "en-têtes du message d'origine",
  "encabezados de mensajes originales",
  "cabeçalhos da mensagem original",
  "intestazioni messaggio originale",
  "oorspronkelijke berichtkoppen",
  "original message follows", // IMail
  "|------------------------- message header follows", // smail
  "|------------------------- message text follows",
  "message header follows:",
  "the following is a copy of the message",
  "+++++++++++++++++++++++++++++++++++++++", // MailMarshal
  "----- 原始邮件",
  "------- forwarded message",
  "-------- original message",
  "--------original message",
  "-----original message-----",
  "begin original message",
  "original message header",
  "the original message was:",
  "content-type: message/rfc822",
  "content-type: text/rfc822-headers",
  "received: from ",
];

/** Words that say that mail could not be delivered, for reports of systems not in the table. Lower case. */
export const FAILURE_WORDS =
  /undeliver|undelivered|not (?:be |been |yet been )?(?:successfully )?deliver|n't (?:be |able to )?deliver|unable to (?:deliver|send|relay)|(?:delivery|mail) (?:has )?(?:failed|failure|error)|failed (?:permanently|recipient|address|to deliver)|(?:permanent|fatal|delivery) (?:fatal )?errors?\b|return(?:ed|ing) (?:mail|message|to sender|e-?mail)|did not reach|bounced?\b|message (?:was )?rejected|(?:was|been) (?:automatically )?rejected|rejected your (?:message|mail|e-?mail)|no (?:final )?(?:e-?mail )?delivery point|nicht (?:zugestellt|zustellbar|ausgeliefert|übermittelt)|unzustellbar|konnte nicht|n'a pas (?:pu )?(?:été|être) (?:remis|délivré|distribué|livré|envoyé|transmis)|non (?:remis|délivré|distribué)|échec de (?:la )?(?:remise|livraison|distribution)|no (?:se )?(?:ha |pudo |puede |pudo ser |ha podido |ha podido ser )?entreg|non (?:è stato |può essere |e' stato |recapit|consegn)|não (?:foi|pôde|pode)(?: ser)? (?:possível )?entreg|kon niet worden|niet (?:worden )?bezorgd|nie (?:może|mogła|można|została) .{0,20}dostarcz|nedoruč|не (?:может быть |была |было |удалось |смог.{0,20})?достав|недостав|退信|退回|无法(?:投递|发送|送达)|投递失败|发送失败|無法(?:傳遞|寄送)|配信(?:できま|不能|に失敗|エラー|されま)|送信できま|届きませんでした|お届けできま|반송|배달(?:하지|되지|할 수)|전송(?:하지|되지|할 수|에 실패)|teslim edileme|iletileme/;

/** Words that say that mail still waits. Lower case. */
export const DELAY_WORDS =
  /this is a warning (?:message )?only|you do not need to resend|no action is required on your part|delivery attempts will continue|has been delayed|is delayed|not yet been delivered|will be retried|has been postponed|will (?:continue|keep) (?:to try|trying|to attempt|to be made)|still (?:trying|being retried)|will try again|has not been delivered yet|could not be delivered (?:for|within|after) .{1,30} (?:hours|minutes).{0,40}(?:will|continue)|wird weiterhin versucht|weitere zustellversuche|nouvelles? tentatives?|se seguirá intentando|продолж.{0,30}попыт|将继续尝试|再送(?:を|し)続け|引き続き.{0,20}配信/;

/** Words that say that a failure is final, where no code does. Lower case. */
export const FOR_GOOD =
  /\bpermanent(?:ly)?\b|fatal (?:delivery )?errors?|i've given up|no longer valid|dauerhaft|endgültig|définitiv|permanente|постоянн|永久/;

/** Sentences that mail servers add to every report; their words are about no failure in particular. Lower case. */
export const BOILERPLATE: readonly RegExp[] = [
  /this is a permanent error[;.]?/g,
  /i've given up\. sorry it didn't work out\./g,
  /giving up on \S{1,80}/g,
  /(?:for further assistance|if you do so)[^.]{0,160}\./g,
  /this message was created automatically by (?:the )?mail (?:delivery )?(?:software|system)\.?/g,
  /\*{3,}/g,
];
