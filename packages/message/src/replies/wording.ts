import type { RuleSet } from "./reply-rule.ts";

/**
 * Failures that pass by themselves, whatever code a server gives them: 550 for greylisting, 554 for too many connections, 552 for
 * a mailbox that will be emptied. They come before the enhanced codes, which the same servers fill in as they fill in the code.
 */
export const WORDS_OF_TEMPORARY_FAILURES: RuleSet = {
  name: "words",
  source: "https://www.rfc-editor.org/rfc/rfc6647",
  rules: [
    { name: "greylisted", says: /gr[ae]y[ -]?list/, class: "greylisted" },
    {
      name: "too-many-connections",
      says: /too many (?:\w+ )?(?:connections|sessions)|(?:connection|session) (?:limit|count) (?:exceeded|reached)|maximum (?:number of )?(?:\w+ )?connections/,
      class: "too-many-connections",
    },
    {
      name: "messages-per-connection",
      says: /too many (?:messages|mails|emails|transactions) (?:in|for|per|on) (?:this|one|a) (?:session|connection)/,
      class: "rate-limited",
      scope: "connection",
    },
    {
      name: "recipient-rate",
      says: /(?:mailbox|user|recipient|account) (?:is )?(?:receiving|has received) too (?:much|many)/,
      class: "rate-limited",
      scope: "recipient",
    },
    {
      name: "rate",
      says: /rate[ -]?limit|throttl|too (?:much|many) (?:mails?|messages|emails|recipients) (?:from|in|sent|received|per)|(?:mail|message|sending) (?:rate|frequency)|sending too (?:fast|quickly)|slow down|excessive (?:rate|volume)/,
      class: "rate-limited",
    },
    {
      name: "full",
      says: /(?:mail ?box|inbox|account|user|recipient|storage|quota|disk)\b.{0,40}\b(?:is |are )?(?:full|over ?quota|exceed(?:s|ed)?(?: (?:its|the|his|allowed|storage))?.{0,20}(?:quota|storage|limit)?|out of (?:storage|space))\b|(?:over|exceed(?:s|ed|ing)?)\s(?:\w+ ){0,3}quota|quota (?:limit )?(?:exceed|reach|full)|no space left (?:in|on)|insufficient (?:mailbox )?space in mailbox|not enough (?:storage|disk) space|\bfull (?:mail ?box|inbox)\b/,
      class: "mailbox-full",
    },
    {
      name: "full-abroad",
      says: /bo[iî]te .{0,30}pleine|postfach .{0,20}voll|buz[oó]n .{0,20}lleno|casella .{0,20}piena|skrzynka .{0,20}(?:pe[lł]na|przepe[lł]niona)|caixa .{0,20}cheia/,
      class: "mailbox-full",
    },
  ],
};

/** What words say where no enhanced code is beyond doubt; what is said against the sender comes first, so that an ambiguous reply suppresses nobody. */
export const WORDS: RuleSet = {
  name: "words",
  source: "https://www.rfc-editor.org/rfc/rfc3463",
  rules: [
    {
      name: "blocklisted",
      says: /(?:black|block|deny)[ -]?list(?:ed|s)?\b|\b(?:dns|r)bl\b|listed (?:at|in|on|by) \S*(?:bl|dns|rbl)/,
      class: "blocklisted",
    },
    {
      name: "reputation",
      says: /(?:poor|bad|low|negative|no) (?:\w+ ){0,2}reputation|reputation (?:too low|is (?:bad|poor|low))|sender reputation|ip(?: address)? .{0,60}(?:has been |is |was )?(?:temporarily )?(?:blocked|banned|refused)|(?:blocked|banned|refused) .{0,20}\bip\b/,
      class: "reputation",
    },
    {
      name: "harvesting",
      says: /too many (?:invalid|bad|unknown|non-?existent) (?:recipients|users|addresses)|messages from \S{1,60} weren't sent/,
      class: "reputation",
    },
    { name: "dmarc", says: /\bdmarc\b/, class: "authentication-failed" },
    { name: "spf", says: /\bspf\b|sender policy framework/, class: "authentication-failed" },
    { name: "dkim", says: /\bdkim\b|domainkeys/, class: "authentication-failed" },
    {
      name: "unauthenticated",
      says: /unauthenticated (?:mail|e-?mail|sender)/,
      class: "authentication-failed",
    },
    {
      name: "reverse-dns",
      says: /reverse[ -]?dns|\brdns\b|\bptr\b|(?:resolve|find|lookup) your (?:host ?name|ip|address)|dynamic (?:ip|address)|generic (?:ptr|rdns|hostname)/,
      class: "host-identity",
    },
    { name: "helo", says: /\b(?:helo|ehlo)\b/, class: "host-identity" },
    { name: "virus", says: /\bvirus(?:es)?\b|\bmalware\b|\btrojan\b/, class: "virus" },
    {
      name: "attachment",
      says: /(?:attachment|file ?type|file extension|executable)\b.{0,40}(?:not (?:allowed|accepted|permitted)|forbidden|prohibited|blocked|banned|rejected)|(?:forbidden|prohibited|banned|illegal|blocked) (?:\w+ )?(?:attachment|file|content type)/,
      class: "attachment",
    },
    {
      name: "spam",
      says: /(?:classified|identified|detected|rejected|considered|recogni[sz]ed|looks like|appears to be|marked|blocked|flagged|scored) (?:as |to be |for |due to |because of |like )?(?:\w+ )?(?:spam|ube|uce|junk|bulk|unsolicited)|(?:spam|junk) (?:message|mail|email|content|detected|rejected|refused|blocked|score|filter|not|probability)|unsolicited (?:bulk |commercial |mass )?(?:e-?mail|mail|message)|too (?:much|many) spam|anti-?spam|\bphish/,
      class: "spam-content",
    },
    {
      name: "content",
      says: /(?:message|mail) content (?:was )?(?:rejected|refused|denied|not accept)|content (?:filter|rejected|denied|policy)|(?:unacceptable|banned|forbidden|prohibited) (?:content|words?|url|link)/,
      class: "spam-content",
    },
    {
      name: "too-large",
      says: /message (?:is |was )?too (?:large|big|long)|(?:message|mail) size|size (?:limit|exceed)|exceed(?:s|ed)? .{0,30}\bsize\b|message length/,
      class: "too-large",
    },
    {
      name: "sender-blocked",
      says: /(?:sender|from address|your (?:address|domain|e-?mail)) .{0,40}(?:blocked|rejected|denied|banned|refused|not (?:allowed|accepted|permitted|authori[sz]ed))|(?:not (?:allowed|authori[sz]ed|permitted)|no permission) to (?:send|post|mail|e-?mail|write)|(?:members|subscribers)[ -]only|not a member|does not accept (?:mail|e-?mails?|messages) from|refuses? (?:to accept )?your mail|blocked by (?:the )?(?:user|recipient)/,
      class: "sender-blocked",
    },
    {
      name: "inactive",
      says: /(?:account|mail ?box|user|recipient|address|alias)\b.{0,60}\b(?:is |has been |was |temporarily |currently )*(?:disabled|deactivated|suspended|inactive|closed|expired|terminated|locked|frozen|not active|no longer (?:active|valid|in use|available|accept\w*|with))\b|(?:inactive|disabled|suspended|expired|dormant) (?:user|account|mail ?box|recipient)|no longer (?:works|employed|at this|with (?:us|the company))/,
      class: "inactive-mailbox",
    },
    {
      name: "unknown-user",
      says: /(?:user|recipient|mail ?box|account|address|addressee|alias|local[ -]?part|e-?mail address)\b.{0,60}\b(?:unknown|not (?:found|known|exist\w*|listed|recogni[sz]ed|valid|present|a known|a valid)|does ?n[o']t exist|doesn't exist|do not exist|invalid|is invalid|unavailable here|could ?n[o']t be found|cannot be found|nonexist\w*|non-exist\w*)/,
      class: "invalid-recipient",
    },
    {
      name: "no-such-user",
      says: /(?:no such|unknown|invalid|nonexist[ea]nt|non-exist[ea]nt|undefined|not a (?:valid|known)|bad|no) (?:\w+ )?(?:user|recipient|mail ?box|account|address(?:ee)?|alias|local[ -]?part|person|rcpt|e-?mail address)\b|there is no one (?:here|at this address)|does not have an? .{0,40}account|we do not have (?:a|any) (?:user|mailbox)|not our customer/,
      class: "invalid-recipient",
    },
    {
      name: "unknown-user-abroad",
      says: /utilisateur inconnu|destinataire (?:inconnu|invalide)|adresse .{0,30}inconnue|empf(?:ä|ae|a)nger .{0,20}(?:unbekannt|existiert nicht)|benutzer .{0,20}unbekannt|usuario (?:desconocido|inexistente)|no existe (?:ese|el|dicha|la) (?:usuario|persona|cuenta|direcci)|utente (?:sconosciuto|inesistente)|destinatario (?:sconosciuto|errato|inesistente)|indirizzo inesistente|nie ma takiego (?:konta|u[zż]ytkownika)|nie istnieje|onbekende (?:gebruiker|ontvanger)|usu[aá]rio (?:desconhecido|inexistente)/,
      class: "invalid-recipient",
    },
    {
      name: "bad-domain",
      says: /(?:domain|host)(?: name)? .{0,60}(?:not found|does ?n[o']t exist|unknown|not known|not hosted|is invalid|isn't hosted)|(?:unknown|no such|invalid|nonexist[ea]nt) (?:\w+ )?(?:domain|host)\b|(?:does not|doesn't) accept (?:any )?mail\b|null mx/,
      class: "bad-domain",
    },
    {
      name: "relay",
      says: /\brelay(?:ing|ed)?\b|not (?:a )?local (?:domain|host)|not a gateway|we do not (?:accept|handle) mail for|authentication (?:is )?required|must authenticate|\brcpthosts\b/,
      class: "relay-denied",
    },
    {
      name: "tls",
      says: /(?:tls|ssl|starttls|encryption|encrypted)\b.{0,40}(?:required|mandatory|needed)|require(?:s|d)? .{0,20}(?:tls|ssl|encrypt)/,
      class: "tls-required",
    },
    {
      name: "malformed-message",
      says: /\b(?:rfc ?-?(?:2|5|28|53)?[82]22|non-?compliant|malformed|bare (?:lf|cr|newline)|line too long|header (?:field )?(?:missing|error|invalid)|missing (?:\w+ )?header|duplicate header|8-?bit|date header|message-id)\b/,
      class: "malformed-message",
    },
    {
      name: "sender-domain",
      says: /(?:sender|from|return[ -]?path|envelope)\b.{0,40}(?:domain|address|verif)\w*.{0,40}(?:not (?:found|exist|resolve|valid)|does ?n[o']t (?:exist|resolve)|invalid|fail)|(?:invalid|bad|unknown) (?:sender|from|return[ -]?path)/,
      class: "invalid-sender",
    },
    {
      name: "loop",
      says: /\bloop(?:ing|ed|s)?\b|too many hops|hop count|received headers/,
      class: "routing",
    },
    {
      name: "expired",
      says: /(?:message|delivery|queue|retry) (?:time ?(?:out)? ?|has )?(?:expired|timed? ?out)|in the queue too long|could not be delivered for (?:more than )?\d+ (?:days|hours)/,
      class: "expired-elsewhere",
    },
    // Permanent by its code, temporary by its words: the words were written by a person who knew.
    {
      name: "temporary",
      says: /(?:try|retry|send) (?:it |again |the message |your message )*(?:again )?(?:later|shortly|in \d)|temporar(?:y|ily)|come back later|at a later time/,
      class: "system-unavailable",
      retry: "later",
    },
    {
      name: "timeout",
      says: /timed? ?out|connection (?:refused|reset|closed|dropped)|no route to host/,
      class: "connection-lost",
    },
    {
      name: "storage",
      says: /insufficient (?:system )?(?:storage|resources)|out of memory|disk full|no (?:disk )?space/,
      class: "system-unavailable",
    },
    {
      name: "system",
      says: /internal (?:server )?error|system (?:error|failure|problem)|service (?:is )?(?:un|not )available|server (?:is )?(?:busy|overload\w*|too busy)|local (?:error|problem)|database|maintenance|ldap|backend/,
      class: "system-unavailable",
    },
    {
      name: "policy",
      says: /\bpolic(?:y|ies)\b|administrative(?:ly)? prohibit|access (?:is )?denied|not (?:allowed|permitted|authori[sz]ed)|forbidden|security reasons|prohibited|command rejected/,
      class: "policy",
    },
    {
      name: "protocol",
      says: /syntax error|bad sequence|(?:command|parameter) (?:not|un)\s?(?:implemented|recogni[sz]ed|known)|unrecogni[sz]ed command|out of (?:order|sequence)|protocol (?:error|violation)/,
      class: "protocol-error",
    },
    {
      name: "mailbox-unavailable",
      says: /mail ?box (?:is )?(?:temporarily )?(?:unavailable|busy|locked|not available)/,
      class: "mailbox-unavailable",
    },
    // Whoever speaks of spam means the message, in whatever words.
    { name: "spam-somehow", says: /\bspam\b|\bjunk ?mail\b|\bunsolicited\b/, class: "spam-content" },
    {
      name: "refused",
      says: /(?:message|mail|content|transaction|connection|sender|data|transfer)\b.{0,40}\b(?:rejected|refused|denied|blocked|not accepted)\b|(?:rejected|refused|blocked) (?:your|this|the) (?:message|mail|e-?mail)/,
      class: "policy",
    },
  ],
};
