/**
 * What mail programs write above the message that is answered, in their languages. Taken from their localised resources and from
 * mail they sent: Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, QQ Mail.
 */

/** Words of an attribution, "On Monday Ann wrote:". It begins with one of the first, where the language has one, and ends with the second. */
export const ATTRIBUTIONS: readonly { readonly begins: RegExp; readonly ends: RegExp }[] = [
  { begins: /^on\b/i, ends: /\b(?:wrote|writes|said)\s*:$/i },
  { begins: /^(?:am|an dem|on)\b/i, ends: /\b(?:schrieb|geschrieben)\b[^:\n]{0,200}:$/i },
  { begins: /^le\b/i, ends: /\ba écrit\s*:$/i },
  { begins: /^(?:el|a)\b/i, ends: /\b(?:escribió|va escriure)\s*:$/i },
  { begins: /^(?:il|in data)\b/i, ends: /\bha scritto\s*:$/i },
  { begins: /^(?:em|a|no dia|na)\b/i, ends: /\bescreveu\s*:$/i },
  { begins: /^op\b/i, ends: /\b(?:schreef|geschreven)\b[^:\n]{0,200}:$/i },
  { begins: /^(?:den|på|d\.|kl\.)/i, ends: /\bskrev\b[^:\n]{0,200}:$/i },
  {
    begins: /^(?:w dniu|dnia|pon\.|wt\.|śr\.|czw\.|pt\.|sob\.|niedz\.)/i,
    ends: /(?:pisze|napisał(?:\(a\)|a)?)\s*:$/i,
  },
  { begins: /^(?:dne|po|út|st|čt|pá|so|ne)\b/i, ends: /napsal(?:\(a\)|a)?\s*:$/i },
  { begins: /^\S/, ends: /(?:пишет|писал\(?а?\)?|написал\(?а?\)?|написав\(?ла?\)?|пише)\s*:$/i },
  {
    begins: /^\S/,
    ends: /(?:kirjoitti|írta|ezt írta|a scris|je napisao(?:\/la)?|έγραψε|yazdı|şunu yazdı|menulis|đã viết|כתב\/?ה?|كتب)\s*:$/i,
  },
  {
    begins: /^\S/,
    ends: /(?:写道|寫道|写信|wrote|さんは書きました|のメール|님이 작성|님이 쓴 글)\s*[:：]$/i,
  },
];

/** A line that says "original message" between dashes. */
export const ORIGINAL_MESSAGE =
  /^\s{0,8}(?:[-_=]{2,40}|>{0,3}\s?-{2,40})\s{0,4}(?:original (?:message|mail|e-?mail)|forwarded message|reply message|ursprüngliche nachricht|original-?nachricht|weitergeleitete nachricht|message d['’]origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig meddelelse|ursprungligt meddelande|opprinnelig melding|alkuperäinen viesti|(?:wiadomość oryginalna|oryginalna wiadomość)|původní (?:zpráva|e-mail)|eredeti üzenet|исходное сообщение|оригинальное сообщение|пересылаемое сообщение|orijinal (?:ileti|mesaj)|原始邮件|原始郵件|元のメッセージ|原文|원본 (?:메시지|메일))\s{0,4}[-_=]{2,40}\s*$/i;

/** The first field of the header that Outlook puts above what it quotes: the sender. Marks of bold type may stand around its name. */
export const HEADER_FROM =
  /^\s{0,8}\*{0,2}(?:from|von|de|da|van|fra|från|lähettäjä|od|от|від|feladó|kimden|gönderen|απ[όo]|发件人|寄件者|差出人|보낸 ?사람)\s{0,2}[:：]\*{0,2}\s*\S/i;

/** The other fields of that header; two of them must follow. */
export const HEADER_OTHERS =
  /^\s{0,8}\*{0,2}(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|fecha|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|assunto|sendt|til|emne|skickat|till|ämne|lähetetty|vastaanottaja|aihe|wysłano|do|dw|temat|odesláno|komu|předmět|elküldve|címzett|tárgy|отправлено|дата|кому|копия|тема|надіслано|gönderildi|tarih|kime|konu|发送时间|日期|收件人|抄送|主题|寄件日期|收件者|副本|主旨|送信日時|宛先|件名|보낸 ?날짜|날짜|받는 ?사람|참조|제목)\s{0,2}[:：]/i;

/** What programs on telephones, and some others, put at the end by themselves: a whole line. */
export const DEVICE_SIGNATURE =
  /^\s{0,4}(?:sent (?:from|via|with|using) (?:my |the |yahoo|mail|outlook|samsung|proton|gmail|aol|spark|newton)[^\n]{0,60}|(?:get|download) outlook for [^\n]{0,40}|outlook (?:für|für|voor|til|för) \S+ (?:beziehen|herunterladen|downloaden|hämta)[^\n]{0,20}|(?:holen sie sich|laden sie) outlook [^\n]{0,40}|(?:von|vom) mein(?:em|er) \S+[^\n]{0,30}gesendet|gesendet (?:von|mit) [^\n]{0,60}|envoyé (?:de|depuis|à partir de) mon[^\n]{0,40}|obtenir outlook pour [^\n]{0,30}|enviado (?:desde|do|a partir do) (?:mi|meu)[^\n]{0,40}|obtener outlook para [^\n]{0,30}|(?:obter o )?outlook para [^\n]{0,30}|inviato da[l ][^\n]{0,40}|scarica outlook per [^\n]{0,30}|verstuurd vanaf mijn[^\n]{0,40}|verzonden (?:met|vanaf)[^\n]{0,40}|skickat från min[^\n]{0,40}|sendt fra min[^\n]{0,40}|lähetetty [^\n]{0,40}|wysłane z [^\n]{0,40}|odesláno z[^\n]{0,40}|отправлено (?:с|из) [^\n]{0,40}|надіслано з [^\n]{0,40}|\S+['’]?(?:ım|im|um|üm)?dan gönderildi|发自我的[^\n]{0,20}|從我的[^\n]{0,20}傳送|\S{0,20}から送信|나의 \S{0,20}에서 보냄)\s*[.!]?\s*$/i;
