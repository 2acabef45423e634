/** A subject that automatic answers carry, by language. On the decoded subject in lower case, from its first word on. */
interface AnswerSubject {
  readonly language: string;
  readonly says: RegExp;
  readonly source: string;
}

const OUTLOOK =
  "https://learn.microsoft.com/en-us/exchange/troubleshoot/email-delivery/understand-troubleshoot-oof-replies";
const RFC_3834 = "https://www.rfc-editor.org/rfc/rfc3834#section-3.1.5";
const GMAIL = "https://support.google.com/mail/answer/25922";

/** What Outlook and Exchange put before the subject they answer, what Sieve vacation (RFC 5230 §4.3) and webmailers write, by language. */
export const ANSWER_SUBJECTS: readonly AnswerSubject[] = [
  {
    language: "en",
    says: /^(?:auto(?:matic)?(?:ally)?[- ]?(?:generated )?(?:reply|response|responder|re|answer)\b|auto:|autoreply|autoresponse|auto-reply)/,
    source: RFC_3834,
  },
  {
    language: "en",
    says: /^(?:re: ?)?(?:i am |i'm |i will be |currently )?(?:out[- ]of[- ](?:the[- ])?office|ooo\b|oof\b|away from (?:the |my )?(?:office|mail|desk|e-?mail)|on (?:vacation|holiday|annual leave|leave|maternity leave|parental leave|sick leave|paternity leave)|vacation (?:reply|notice|message|response|notification|alert)|holiday (?:notice|reply|message)|absence (?:notice|notification|message)|away notice|absent\b)/,
    source: OUTLOOK,
  },
  {
    language: "en",
    says: /^(?:re: ?)?(?:thank you for (?:your (?:e-?mail|message|enquiry|inquiry)|contacting|getting in touch)|we (?:have )?received your (?:e-?mail|message|request)|your (?:message|e-?mail|request|enquiry) (?:has been|was) received|(?:ticket|case|request) (?:received|created|#?\d)|acknowledg(?:e|ement)|(?:e-?mail|message) received\b)/,
    source: RFC_3834,
  },
  {
    language: "de",
    says: /^(?:automatische (?:antwort|rückmeldung)|autoantwort|abwesenheits?(?:notiz|nachricht|meldung|assistent|info)|abwesend\b|nicht im (?:büro|hause)|bin (?:im urlaub|nicht)|urlaub(?:s(?:meldung|notiz|nachricht))?\b|außer haus|empfangsbestätigung|eingangsbestätigung)/,
    source: OUTLOOK,
  },
  {
    language: "fr",
    says: /^(?:réponse automatique|reponse automatique|absence du bureau|absent(?:e)? du bureau|message d'absence|absence\b|en congés?|en vacances|accusé de réception|hors du bureau|notification d'absence)/,
    source: OUTLOOK,
  },
  {
    language: "es",
    says: /^(?:respuesta automática|respuesta automatica|fuera de (?:la )?oficina|ausente\b|ausencia\b|autorrespuesta|auto-respuesta|de vacaciones|acuse de recibo)/,
    source: OUTLOOK,
  },
  {
    language: "pt",
    says: /^(?:resposta automática|resposta automatica|fora do escritório|fora de escritório|ausência\b|ausência temporária|ausente\b|férias\b|de férias)/,
    source: OUTLOOK,
  },
  {
    language: "it",
    says: /^(?:risposta automatica|fuori (?:sede|ufficio)|assenza dall'ufficio|assente\b|assenza\b|in ferie|messaggio automatico)/,
    source: OUTLOOK,
  },
  {
    language: "nl",
    says: /^(?:automatisch antwoord|automatisch(?:e)? (?:bericht|reactie)|afwezig(?:heid|heidsbericht)?\b|niet aanwezig|niet op kantoor|vakantie\b|ontvangstbevestiging)/,
    source: OUTLOOK,
  },
  {
    language: "sv",
    says: /^(?:automatiskt svar|autosvar|frånvaro(?:meddelande)?\b|ej på kontoret|semester\b)/,
    source: OUTLOOK,
  },
  {
    language: "da, nb",
    says: /^(?:automatisk svar|autosvar|fravær(?:smelding|sbesked)?\b|ikke til stede|ikke på kontoret|på ferie)/,
    source: OUTLOOK,
  },
  {
    language: "fi",
    says: /^(?:automaattinen vastaus|poissa toimistosta|poissaolo(?:viesti|ilmoitus)?\b|lomalla\b|olen lomalla)/,
    source: OUTLOOK,
  },
  {
    language: "pl",
    says: /^(?:automatyczna odpowiedź|autoodpowiedź|odpowiedź automatyczna|poza biurem|nieobecność\b|nieobecny\b|urlop\b|jestem na urlopie)/,
    source: OUTLOOK,
  },
  {
    language: "cs, sk",
    says: /^(?:automatická odpověď|automatická odpoveď|mimo kancelář|mimo kanceláriu|nepřítomnost|nejsem v kanceláři|dovolená\b|dovolenka\b)/,
    source: OUTLOOK,
  },
  {
    language: "hu",
    says: /^(?:automatikus válasz|házon kívül|nem vagyok az irodában|szabadságon\b)/,
    source: OUTLOOK,
  },
  {
    language: "ro",
    says: /^(?:răspuns automat|raspuns automat|absent de la birou|în afara biroului|concediu\b)/,
    source: OUTLOOK,
  },
  {
    language: "tr",
    says: /^(?:otomatik (?:yanıt|cevap)|ofis dışında|ofis dışı|izinde\b|yıllık izin)/,
    source: OUTLOOK,
  },
  { language: "el", says: /^(?:αυτόματη απάντηση|εκτός γραφείου|απουσία\b)/, source: OUTLOOK },
  {
    language: "ru",
    says: /^(?:автоматический ответ|автоответ|автоматическое (?:сообщение|уведомление)|отсутствие на рабочем месте|вне офиса|нет на месте|в отпуске|отпуск\b)/,
    source: OUTLOOK,
  },
  {
    language: "uk",
    says: /^(?:автоматична відповідь|автовідповідь|поза офісом|у відпустці)/,
    source: OUTLOOK,
  },
  { language: "bg", says: /^(?:автоматичен отговор|извън офиса)/, source: OUTLOOK },
  {
    language: "hr, sr, sl",
    says: /^(?:automatski odgovor|аутоматски одговор|samodejni odgovor|izvan ureda|van kancelarije|odsoten\b)/,
    source: OUTLOOK,
  },
  {
    language: "et, lv, lt",
    says: /^(?:automaatvastus|automaatne vastus|automātiskā atbilde|automatinis atsakymas)/,
    source: OUTLOOK,
  },
  { language: "is", says: /^(?:sjálfvirkt svar|fjarverandi\b)/, source: OUTLOOK },
  { language: "he", says: /^(?:תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד)/, source: OUTLOOK },
  { language: "ar", says: /^(?:رد تلقائي|الرد التلقائي|خارج المكتب)/, source: OUTLOOK },
  {
    language: "ja",
    says: /^(?:自動応答|自動返信|自動回答|不在通知|不在(?:の)?(?:お知らせ|連絡)|不在:|休暇中|【自動返信】|\[自動返信\])/,
    source: OUTLOOK,
  },
  {
    language: "zh",
    says: /^(?:自动(?:答复|回复|应答)|自動(?:回覆|答覆|回復)|外出(?:自动)?回复|不在办公室|休假|\[自动回复\])/,
    source: OUTLOOK,
  },
  { language: "ko", says: /^(?:자동 ?(?:회신|응답|답장)|부재 ?중|외출 중|휴가 ?중|\[자동)/, source: OUTLOOK },
  {
    language: "vi, th, id",
    says: /^(?:trả lời tự động|ตอบกลับอัตโนมัติ|balasan otomatis|jawapan automatik)/,
    source: GMAIL,
  },
];

/** The above that say absence and nothing else decide by themselves; a receipt ("ticket received") needs a second sign. */
export const RECEIPT_SUBJECT =
  /^(?:re: ?)?(?:thank you|we (?:have )?received|your (?:message|e-?mail|request|enquiry)|ticket|case|request|acknowledg|(?:e-?mail|message) received|accusé|acuse|empfangsbest|eingangsbest|ontvangstbev)/;

/** Words in the text of an absence note, for mail with another sign of a program. Lower case. */
export const ABSENCE_WORDS =
  /out of (?:the )?office|(?:i am|i'm|i will be|i'll be) (?:currently )?(?:away|on (?:vacation|holiday|leave|annual leave)|out of|not in the office|absent)|on vacation until|limited access to (?:my )?e-?mail|no longer (?:works?|with|employed)|has left the company|nicht im (?:büro|hause)|im urlaub|nicht erreichbar|bin ich abwesend|absent(?:e)? (?:du|jusqu)|en congés?|de retour le|fuera de la oficina|estaré ausente|de vacaciones|ausente do escrit|fuori (?:sede|ufficio)|in ferie|afwezig|niet aanwezig|в отпуске|отсутству|休暇|不在に|休假|外出|부재중|휴가/;
