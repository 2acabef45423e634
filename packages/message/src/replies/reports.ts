import type { RuleSet } from "./reply-rule.ts";

const SISIMAI = "https://github.com/sisimai/p5-sisimai/blob/master/lib/Sisimai/Lhost";

/**
 * What mail systems say in the reports that they write themselves, where no SMTP reply is quoted. They come before what servers
 * say in SMTP, parts of which stand in them.
 */
export const REPORTS: RuleSet = {
  name: "report",
  source: SISIMAI,
  rules: [
    {
      name: "domino-unknown",
      says: /not listed in (?:domino directory|(?:the )?public (?:name|address))|domino ディレクトリには見つかりません|ディレクトリのリストにありません/,
      class: "invalid-recipient",
      source: `${SISIMAI}/Domino.pm`,
    },
    {
      name: "domino-ambiguous",
      says: "several matches found in domino directory",
      class: "misconfigured",
      source: `${SISIMAI}/Domino.pm`,
    },
    {
      name: "exchange-5.5-unknown",
      says: /\(000c05a6\)|recipient name is not recognized|e-mail account does not exist at the organization/,
      class: "invalid-recipient",
      source: `${SISIMAI}/Exchange2003.pm`,
    },
    {
      name: "exim-full",
      says: /^(?:error: )?(?:mailbox is full|quota exceed)/,
      class: "mailbox-full",
      source: `${SISIMAI}/Exim.pm`,
    },
    {
      name: "exim-no-host",
      says: /all relevant mx records point to non-?existent hosts|all host address lookups failed permanently/,
      class: "bad-domain",
      source: `${SISIMAI}/Exim.pm`,
    },
    {
      name: "kddi-full",
      says: "as their mailbox is full",
      class: "mailbox-full",
      source: `${SISIMAI}/KDDI.pm`,
    },
    {
      name: "kddi-no-domain",
      says: /remote domain does ?n[o']?t exist/,
      class: "bad-domain",
      source: `${SISIMAI}/KDDI.pm`,
    },
    {
      name: "ezweb-suspended",
      says: /the user\(s\) account is (?:disabled|temporarily limited)/,
      class: "inactive-mailbox",
      source: `${SISIMAI}/EZweb.pm`,
    },
    {
      name: "imail-unknown",
      says: "invalid final delivery userid",
      class: "invalid-recipient",
      source: `${SISIMAI}/IMailServer.pm`,
    },
    {
      name: "no-delivery-point",
      says: /does not have a final e-?mail delivery point/,
      class: "inactive-mailbox",
      source: "https://gitlab.com/mailman/flufl.bounce",
    },
    {
      name: "mms-unknown",
      says: "no valid recipients for this mm",
      class: "invalid-recipient",
      source: `${SISIMAI}/Verizon.pm`,
    },
    {
      name: "no-account",
      says: /this user does ?n[o']t have an? \S{1,80} account/,
      class: "invalid-recipient",
      source: `${SISIMAI}/X2.pm`,
    },
    {
      name: "unknown-in-chinese",
      says: /(?:收件人|用户|邮箱|账号|帐号|地址|信箱)[^。\n]{0,60}(?:不存在|无效|無效|未开通|查无此人)/,
      class: "invalid-recipient",
      source: "https://service.mail.qq.com/detail/0/44",
    },
    {
      name: "full-in-chinese",
      says: /(?:邮箱|信箱|空间|容量)[^。\n]{0,20}(?:已满|已滿|不足|超限)/,
      class: "mailbox-full",
      source: "https://service.mail.qq.com/detail/0/44",
    },
    {
      name: "suspended-in-chinese",
      says: /(?:邮箱|用户|账号|帐号)[^。\n]{0,20}(?:被禁用|被冻结|已停用|已冻结)|user suspended/,
      class: "inactive-mailbox",
      source: "https://www.icoremail.vip/support/index.php?cate_id=84",
    },
    {
      name: "unknown-in-japanese",
      says: /(?:メールアドレス|あて先|宛先|ユーザー?)[^。\n]{0,30}(?:見つかりません|存在しません|不明|ありません)/,
      class: "invalid-recipient",
      source: `${SISIMAI}/TrendMicro.pm`,
    },
    {
      name: "full-in-japanese",
      says: /(?:メールボックス|受信箱|容量)[^。\n]{0,30}(?:いっぱい|一杯|超え|超過|満杯)/,
      class: "mailbox-full",
      source: `${SISIMAI}/Biglobe.pm`,
    },
    {
      name: "unknown-in-korean",
      says: /(?:수신자|사용자|메일 ?주소|계정)[^.\n]{0,30}(?:존재하지 않|없는|없습니다|찾을 수 없)/,
      class: "invalid-recipient",
      source: "https://help.naver.com/",
    },
    {
      name: "full-in-korean",
      says: /(?:메일함|용량)[^.\n]{0,20}(?:가득|초과|부족)/,
      class: "mailbox-full",
      source: "https://help.naver.com/",
    },
    {
      name: "unknown-in-russian",
      says: /(?:пользовател[ья]|адрес|получател[ья]|ящика?)[^.\n]{0,40}(?:не (?:существует|найден)|неизвест|отсутствует)|нет такого (?:пользователя|ящика|адреса)/,
      class: "invalid-recipient",
      source: "https://yandex.com/support/yandex-360/customers/mail/en/web/letter/create/errors",
    },
    {
      name: "full-in-russian",
      says: /(?:ящик|почтовый ящик)[^.\n]{0,30}(?:переполнен|заполнен)/,
      class: "mailbox-full",
      source: "https://yandex.com/support/yandex-360/customers/mail/en/web/letter/create/errors",
    },
    {
      name: "full-abroad",
      says: /(?:buzón|casilla)[^.\n]{0,40}llen[oa]|caixa postal[^.\n]{0,40}cheia|boîte[^.\n]{0,40}pleine|posteingang[^.\n]{0,30}voll|casella[^.\n]{0,30}piena/,
      class: "mailbox-full",
    },
    {
      name: "unknown-abroad",
      says: /(?:adresse?|direcci[oó]n|indirizzo|endereço|e-mail-adresse)[^.\n]{0,60}(?:nicht gefunden|introuvable|n'existe pas|no (?:se )?(?:existe|encontr)|inexistente|não (?:existe|encontrad)|non (?:esiste|trovat)|existiert nicht)/,
      class: "invalid-recipient",
    },
  ],
};
