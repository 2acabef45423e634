import type { DsnAction } from "@waxwing/message";

/** A subject that a mail server gives its reports. */
interface ReportSubject {
  /** On the subject in lower case, one space between words. */
  readonly says: RegExp;
  readonly action: Extract<DsnAction, "failed" | "delayed" | "delivered" | "relayed">;
  readonly source: string;
}

const RFC_3464 = "https://www.rfc-editor.org/rfc/rfc3464#appendix-E";
const SISIMAI = "https://github.com/sisimai/p5-sisimai/tree/master/lib/Sisimai/Lhost";
const EXCHANGE =
  "https://learn.microsoft.com/en-us/exchange/mail-flow/non-delivery-reports-and-bounce-messages/dsn-messages";
const POSTFIX = "https://www.postfix.org/bounce.5.html";
const EXIM = "https://www.exim.org/exim-html-current/doc/html/spec_html/ch-customizing_messages.html";
const COURIER = "https://www.courier-mta.org/courierdsn.html";
const QQ = "https://service.mail.qq.com/detail/0/44";
const YANDEX = "https://yandex.com/support/yandex-360/customers/mail/en/web/letter/create/errors";

/**
 * Subjects of reports, all of them from the subject's first word on: an answer or a forwarded copy begins with another. What says
 * that mail waits or has arrived comes before what says that it failed, since the words of the latter stand in all of them.
 */
export const REPORT_SUBJECTS: readonly ReportSubject[] = [
  { says: /^delayed mail \(still being retried\)/, action: "delayed", source: POSTFIX },
  {
    says: /^(?:postmaster )?(?:warning|notice)[:\s].*\b(?:delay|could not send|not (?:yet )?(?:been )?(?:sent|delivered)|still trying)/,
    action: "delayed",
    source: EXIM,
  },
  { says: /^warning: (?:delayed mail|message .{1,60} delayed)/, action: "delayed", source: COURIER },
  {
    says: /^delivery status notification ?\(delay\)|^delivery (?:is )?delayed\b|^delivery notification: delivery (?:has been )?delayed/,
    action: "delayed",
    source: RFC_3464,
  },
  {
    says: /^(?:mail|message|e-?mail) (?:delivery )?(?:is |has been )?delayed/,
    action: "delayed",
    source: EXCHANGE,
  },
  {
    says: /^(?:zustellung verzögert|verzögerte zustellung|remise (?:différée|retardée)|entrega (?:retrasada|demorada|atrasada)|consegna ritardata|bezorging vertraagd|доставка задерж|доставка отложена|doručení zpožděno|leverans försenad)/,
    action: "delayed",
    source: EXCHANGE,
  },
  { says: /^(?:邮件延迟|投递延迟|配信の遅延|配信が遅れ)/, action: "delayed", source: EXCHANGE },
  {
    says: /^delivery status notification ?\((?:success|relay)\)|^successful mail delivery report|^return receipt\b/,
    action: "delivered",
    source: POSTFIX,
  },
  {
    says: /^(?:delivered|relayed|delivery (?:report|receipt|confirmation)|relayed message|message delivered)\b.{0,3}[:\s(]/,
    action: "delivered",
    source: EXCHANGE,
  },
  {
    says: /^(?:zugestellt|übermittelt|weitergeleitet|remis|relayé|entregado|retransmitido|recapitato|inoltrato|bezorgd|доставлено|配信済み|已送达|已送達)\s?[:\uff1a]/,
    action: "delivered",
    source: EXCHANGE,
  },
  {
    says: /^mail delivery warning|^(?:mail|message|delivery) (?:has been )?postponed/,
    action: "delayed",
    source: RFC_3464,
  },
  {
    says: /^(?:warning|error|notice)\b.{0,200}(?:user unknown|unknown user|no such user|mailbox (?:is )?full|over quota)/,
    action: "failed",
    source: "https://help.mdaemon.com/MDaemon/en/",
  },
  {
    says: /^failed mail\b|^failure delivery|^automatically rejected mail|^processing error|\(delivery failed\)$/,
    action: "failed",
    source: "https://gitlab.com/mailman/flufl.bounce",
  },
  { says: /^failure notice\b/, action: "failed", source: "https://cr.yp.to/proto/qsbmf.txt" },
  { says: /^undelivered mail returned to sender/, action: "failed", source: POSTFIX },
  { says: /^mail delivery failed/, action: "failed", source: EXIM },
  {
    says: /^mail (?:delivery )?failure\b|^mail failed\b|^message frozen\b|^delivery failed\b|^error\(s\) in forwarding/,
    action: "failed",
    source: EXIM,
  },
  { says: /^returned (?:mail|to sender|e-?mail|message)\b/, action: "failed", source: SISIMAI },
  {
    says: /^(?:notice|bounce): mail delivery status|^\(?fatal\)? ?delivery error/,
    action: "failed",
    source: COURIER,
  },
  {
    says: /^deliver(?:y|able) (?:status )?(?:failure|notification|error|problem|report)/,
    action: "failed",
    source: RFC_3464,
  },
  {
    says: /^undeliver(?:able|ed)(?: (?:mail|message|e-?mail))?(?: (?:to|for|returned) .{1,80}|[:\s.!"]|$)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^message status - undeliverable/,
    action: "failed",
    source: "https://www.novell.com/documentation/groupwise",
  },
  { says: /^mail system error - returned mail/, action: "failed", source: `${SISIMAI}/EZweb.pm` },
  { says: /^(?:permanent|temporary|partial) delivery (?:failure|error)/, action: "failed", source: SISIMAI },
  {
    says: /^(?:your )?(?:mail|message|e-?mail)(?: to .{1,80}?)? (?:could ?n[o']t|cannot|can't|was not|wasn't|has not been|not) (?:be )?deliver/,
    action: "failed",
    source: SISIMAI,
  },
  {
    says: /^(?:could not|couldn't|unable to|cannot|can't|failed to|failure to) (?:send|deliver)\b|^(?:non-?delivery|nondeliverable)\b/,
    action: "failed",
    source: SISIMAI,
  },
  {
    says: /^(?:message|mail|e-?mail) (?:undeliver|not delivered|returned|rejected|blocked|bounced|delivery (?:fail|error|problem|notification))/,
    action: "failed",
    source: SISIMAI,
  },
  {
    says: /^\[postmaster\] (?:email|message) delivery failure/,
    action: "failed",
    source: `${SISIMAI}/Mimecast.pm`,
  },
  {
    says: /^rejected(?: mail)?:|^blocked(?: mail)?:|^bounced mail\b|^status of your (?:mail|message)/,
    action: "failed",
    source: SISIMAI,
  },
  {
    says: /^(?:unzustellbar|nicht zustellbar|unzustellbare|ihre nachricht konnte nicht|zustellung fehlgeschlagen|fehlgeschlagene zustellung|mailzustellung)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:non remis|non distribu|message non (?:remis|délivré|distribu)|échec de (?:la )?(?:remise|livraison|distribution)|notification d'échec|e-?mail non délivré|mail non délivré|courrier non)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:no se puede entregar|no entregado|correo no entregado|no se pudo entregar|mensaje (?:no entregado|devuelto)|error (?:de|en la) entrega|correo devuelto)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:não (?:é possível entregar|foi possível entregar|entregue)|não entregue|falha na entrega|mensagem (?:não entregue|devolvida)|e-?mail não entregue)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:non recapitabile|mancat[oa] (?:recapito|consegna)|messaggio non (?:recapitato|consegnato)|impossibile recapitare|errore di consegna|avviso di mancata consegna)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:onbestelbaar|niet bestelbaar|kan niet worden bezorgd|bezorging mislukt|bericht niet bezorgd)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:nie można dostarczyć|niedostarczalne|niedostarczon|nie dostarczono|zwrot (?:wiadomości|poczty))/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:nedoručiteln|nedoručen|nepodařilo se doručit|nedoručiteľn)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:kan inte levereras|går inte att leverera|oleverbar|kan ikke leveres|ikke levert|kunne ikke levere|ikke leveret|uleverbar)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:viestiä ei voi|toimitus epäonnistui|ei voitu toimittaa|perille toimittamaton)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:teslim edilemedi|teslim edilemeyen|iletilemedi|gönderilemedi)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:kézbesíthetetlen|sikertelen kézbesítés|nelivrabil|nu se poate livra|livrare eșuată|nedostavljivo|недостав)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:не ?доставлено|недоставленн|сообщение не доставлено|письмо не доставлено|ошибка доставки|не удается доставить|не удалось доставить|невозможно доставить)/,
    action: "failed",
    source: YANDEX,
  },
  { says: /^(?:не вдалося доставити|недоставлен)/, action: "failed", source: EXCHANGE },
  { says: /^(?:μη παραδόσιμο|αποτυχία παράδοσης|αδύνατη η παράδοση)/, action: "failed", source: EXCHANGE },
  {
    says: /^(?:לא ניתן למסירה|تعذر التسليم|غير قابل للتسليم|لم يتم التسليم)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:系统退信|退信|来自.{1,40}的退信|邮件退回|邮件(?:发送|传输|投递)失败|郵件退回|無法傳遞|无法送达|未送达|未傳遞|投递失败)/,
    action: "failed",
    source: QQ,
  },
  {
    says: /^(?:配信不能|配信できません|メール配信(?:エラー|に失敗|不能)|メッセージを配信できません|配信エラー|メールエラー|送信エラー|不達|未配信|送信できませんでした|エラーメール)/,
    action: "failed",
    source: `${SISIMAI}/TrendMicro.pm`,
  },
  {
    says: /^(?:배달되지 않|배달 실패|메일 발송 실패|반송|전송 실패|수신 실패)/,
    action: "failed",
    source: EXCHANGE,
  },
  {
    says: /^(?:ไม่สามารถส่ง|không thể gửi|không gửi được|tidak dapat dikirim|tidak terkirim|gagal terkirim)/,
    action: "failed",
    source: EXCHANGE,
  },
];

/**
 * Display names and addresses that mail servers write their reports in.
 *
 * Source: RFC 5321 §4.5.1 (postmaster), RFC 3464 §2, and the formats of `bounce-formats.ts`.
 */
export const REPORT_SENDER =
  /^(?:mailer?[-_.]?(?:daemon|delivery)|post[-_]?master|maildaemon|mailerdaemon|daemon|mmdf|uucp|microsoftexchange[0-9a-f]{8,40}|bounces?|mail-?delivery(?:-system|-subsystem)?|mdaemon|listserv|no-?reply-?bounces?|non-?delivery|deliverynotification|sysadmin|system)$/;

/** The same of display names, in lower case. */
export const REPORT_SENDER_NAME =
  /mail(?:er)?[- ]?(?:delivery|daemon)|^mail (?:delivery )?(?:sub)?system|delivery (?:sub)?system|^system administrator$|^postmaster$|^microsoft outlook$|^interscan|courier mail server|^systemadministrator$|^administrateur syst|^administrador del sistema$|^mailadministrator/;
