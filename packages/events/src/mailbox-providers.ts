/**
 * Mailbox providers that many recipients are at, by their own domains and by the MX hosts of domains they keep the mail of.
 *
 * Sources, seen 2026-11-23: the providers' sign-up pages for domains of their own; for MX hosts the providers' set-up pages for
 * custom domains, and what the MX records of the domains say. Where a house runs several names on the same servers
 * (Yahoo and AOL), the domain tells them apart and the host does not.
 */
interface MailboxProvider {
  readonly name: string;
  /** A trailing `.*` stands for any ending: `yahoo.*` is also `yahoo.co.uk`. */
  readonly domains: readonly string[];
  /** The last labels of MX hosts. */
  readonly hosts: readonly string[];
}

const PROVIDERS: readonly MailboxProvider[] = [
  // support.google.com/a/answer/174125
  {
    name: "Gmail",
    domains: ["gmail.com", "googlemail.com"],
    hosts: ["google.com", "googlemail.com", "smtp.goog"],
  },
  // learn.microsoft.com/en-us/microsoft-365/admin/get-help-with-domains/create-dns-records-at-any-dns-hosting-provider
  {
    name: "Microsoft",
    domains: ["outlook.*", "hotmail.*", "live.*", "msn.com", "passport.com", "windowslive.com"],
    hosts: ["protection.outlook.com", "mx.microsoft"],
  },
  { name: "AOL", domains: ["aol.*", "aim.com", "love.com", "ygm.com"], hosts: ["aol.com"] },
  { name: "Yahoo Japan", domains: ["yahoo.co.jp", "ymail.ne.jp"], hosts: ["yahoo.co.jp"] },
  // senders.yahooinc.com; AT&T, Verizon and Sky have their mail there
  {
    name: "Yahoo",
    domains: ["yahoo.*", "ymail.com", "rocketmail.com", "myyahoo.com"],
    hosts: ["yahoodns.net"],
  },
  // support.apple.com/en-us/102374
  {
    name: "Apple",
    domains: ["icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"],
    hosts: ["icloud.com"],
  },
  { name: "GMX", domains: ["gmx.*"], hosts: ["gmx.net", "gmx.com"] },
  { name: "web.de", domains: ["web.de"], hosts: ["web.de"] },
  { name: "mail.com", domains: ["mail.com", "email.com", "usa.com"], hosts: ["mail.com"] },
  {
    name: "IONOS",
    domains: [],
    hosts: ["kundenserver.de", "ionos.com", "ionos.de", "ionos.co.uk", "1and1.com"],
  },
  { name: "T-Online", domains: ["t-online.de", "magenta.de"], hosts: ["t-online.de"] },
  { name: "freenet", domains: ["freenet.de"], hosts: ["freenet.de"] },
  // proton.me/support/custom-domain
  {
    name: "Proton",
    domains: ["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
    hosts: ["protonmail.ch"],
  },
  // www.fastmail.help/hc/en-us/articles/1500000280261
  { name: "Fastmail", domains: ["fastmail.com", "fastmail.fm"], hosts: ["messagingengine.com"] },
  // www.zoho.com/mail/help/adminconsole/configure-email-delivery.html
  {
    name: "Zoho",
    domains: ["zoho.*", "zohomail.*"],
    hosts: ["zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp"],
  },
  { name: "Orange", domains: ["orange.fr", "wanadoo.fr"], hosts: ["orange.fr", "wanadoo.fr"] },
  { name: "Free", domains: ["free.fr"], hosts: ["free.fr", "proxad.net"] },
  {
    name: "SFR",
    domains: ["sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr"],
    hosts: ["sfr.fr", "sfr.net"],
  },
  { name: "La Poste", domains: ["laposte.net"], hosts: ["laposte.net"] },
  { name: "OVH", domains: [], hosts: ["ovh.net", "mail.ovh.ca"] },
  {
    name: "Libero",
    domains: ["libero.it", "virgilio.it", "iol.it", "inwind.it", "blu.it"],
    hosts: ["libero.it", "virgilio.it"],
  },
  { name: "Aruba", domains: [], hosts: ["aruba.it", "arubabusiness.it"] },
  { name: "Comcast", domains: ["comcast.net", "xfinity.com"], hosts: ["comcast.net"] },
  {
    name: "AT&T",
    domains: ["att.net", "sbcglobal.net", "bellsouth.net", "ameritech.net", "pacbell.net"],
    hosts: [],
  },
  { name: "Verizon", domains: ["verizon.net"], hosts: [] },
  {
    name: "Spectrum",
    domains: ["charter.net", "spectrum.net", "rr.com", "roadrunner.com", "twc.com"],
    hosts: ["charter.net", "rr.com"],
  },
  { name: "Cox", domains: ["cox.net"], hosts: ["cox.net"] },
  { name: "BT", domains: ["btinternet.com", "btopenworld.com"], hosts: ["btinternet.com"] },
  { name: "Sky", domains: ["sky.com"], hosts: [] },
  {
    name: "Virgin Media",
    domains: ["virginmedia.com", "ntlworld.com", "blueyonder.co.uk"],
    hosts: ["virginmedia.com"],
  },
  { name: "TalkTalk", domains: ["talktalk.net", "tiscali.co.uk"], hosts: ["talktalk.net"] },
  { name: "Bluewin", domains: ["bluewin.ch"], hosts: ["bluewin.ch"] },
  { name: "Seznam", domains: ["seznam.cz", "email.cz", "post.cz"], hosts: ["seznam.cz"] },
  { name: "WP", domains: ["wp.pl", "o2.pl"], hosts: ["wp.pl", "o2.pl"] },
  { name: "Onet", domains: ["onet.pl", "op.pl", "poczta.onet.pl"], hosts: ["onet.pl"] },
  // yandex.com/support/yandex-360/business/admin/en/domains/set-mx
  { name: "Yandex", domains: ["yandex.*", "ya.ru"], hosts: ["yandex.net", "yandex.ru"] },
  {
    name: "Mail.ru",
    domains: ["mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "vk.com"],
    hosts: ["mail.ru"],
  },
  { name: "Rambler", domains: ["rambler.ru", "lenta.ru", "autorambler.ru"], hosts: ["rambler.ru"] },
  { name: "UKR.NET", domains: ["ukr.net"], hosts: ["ukr.net"] },
  // open.work.weixin.qq.com/help2/pc/19886
  { name: "Tencent QQ", domains: ["qq.com", "foxmail.com", "vip.qq.com"], hosts: ["qq.com"] },
  {
    name: "NetEase",
    domains: ["163.com", "126.com", "yeah.net", "188.com"],
    hosts: ["netease.com", "ym.163.com"],
  },
  { name: "Alibaba", domains: ["aliyun.com"], hosts: ["mxhichina.com", "aliyun.com", "alibaba-inc.com"] },
  { name: "Sina", domains: ["sina.com", "sina.cn"], hosts: ["sina.com.cn", "sinamail.com"] },
  { name: "Naver", domains: ["naver.com"], hosts: ["naver.com"] },
  { name: "Daum", domains: ["daum.net", "hanmail.net", "kakao.com"], hosts: ["hanmail.net", "daum.net"] },
  { name: "docomo", domains: ["docomo.ne.jp"], hosts: ["docomo.ne.jp"] },
  { name: "au", domains: ["au.com", "ezweb.ne.jp"], hosts: ["au.com", "ezweb.ne.jp"] },
  {
    name: "SoftBank",
    domains: ["softbank.ne.jp", "i.softbank.jp", "softbank.jp"],
    hosts: ["softbank.ne.jp", "softbank.jp"],
  },
  { name: "Rediffmail", domains: ["rediffmail.com"], hosts: ["rediffmail.com", "rediff.com"] },
  { name: "UOL", domains: ["uol.com.br", "bol.com.br"], hosts: ["uol.com.br"] },
  { name: "Terra", domains: ["terra.com.br", "terra.com"], hosts: ["terra.com", "terra.com.br"] },
  {
    name: "Bigpond",
    domains: ["bigpond.com", "bigpond.net.au", "telstra.com"],
    hosts: ["bigpond.com", "telstra.com"],
  },
  { name: "Rackspace", domains: [], hosts: ["emailsrvr.com"] },
  { name: "GoDaddy", domains: [], hosts: ["secureserver.net"] },
  // docs.aws.amazon.com/workmail/latest/adminguide/add_domain.html
  { name: "Amazon", domains: ["awsapps.com"], hosts: ["amazonaws.com"] },
  { name: "Mimecast", domains: [], hosts: ["mimecast.com", "mimecast.co.za"] },
  { name: "Proofpoint", domains: [], hosts: ["pphosted.com", "ppe-hosted.com"] },
  { name: "Barracuda", domains: [], hosts: ["barracudanetworks.com"] },
  { name: "Cisco", domains: [], hosts: ["iphmx.com"] },
];

const BY_DOMAIN = new Map<string, string>();
/** By the part before `.*`. */
const BY_BRAND = new Map<string, string>();
for (const { name, domains } of PROVIDERS) {
  for (const domain of domains) {
    if (domain.endsWith(".*")) BY_BRAND.set(domain.slice(0, -2), name);
    else BY_DOMAIN.set(domain, name);
  }
}
const HOSTS = PROVIDERS.flatMap(({ name, hosts }) =>
  hosts.map((host) => ({ name, labels: host.split(".").reverse() })),
);

/** `co.uk`, `com.br`, `de`: what a brand that a provider has in many countries ends in. */
const ENDING = /^(?:[a-z]{2,3}\.)?[a-z]{2,3}$/;

/**
 * The mailbox provider of a domain that belongs to one, or null.
 *
 * @param domain in lower case
 */
export function providerOfDomain(domain: string): string | null {
  const named = BY_DOMAIN.get(domain);
  if (named !== undefined) return named;
  const dot = domain.indexOf(".");
  if (dot === -1 || !ENDING.test(domain.slice(dot + 1))) return null;
  return BY_BRAND.get(domain.slice(0, dot)) ?? null;
}

/**
 * The mailbox provider whose servers a site is, or null.
 *
 * @param site as outbound names the MX hosts of a domain: `mx:(alt1,alt2)?.gmail-smtp-in.l.google.com`, folded label by label
 */
export function providerOfSite(site: string): string | null {
  if (!site.startsWith("mx:")) return null;
  const labels = site
    .slice("mx:".length)
    .split(".")
    .reverse()
    .map((label) => label.replace(/^\(|\)?\??$/g, "").split(","));
  const matches = (wanted: readonly string[]): boolean =>
    wanted.every((label, place) => labels[place]?.includes(label) ?? false);
  return HOSTS.find((host) => matches(host.labels))?.name ?? null;
}
