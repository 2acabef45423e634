import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseMimeParts } from "../mime-part.ts";
import { htmlLines } from "./html-lines.ts";
import { readWrittenText, writtenText } from "./written-text.ts";

const original = "> Hello Ann,\n> your order is on its way.\n>\n> Your shop\n";

const plain: readonly (readonly [title: string, text: string, written: string])[] = [
  ["nothing quoted", "Thank you!\n\nAnn\n", "Thank you!\n\nAnn"],
  ["CRLF and trailing spaces", "Thank you!  \r\n\r\nAnn\r\n", "Thank you!\n\nAnn"],
  [
    "Gmail, English",
    `Thanks.\n\nOn Mon, Nov 23, 2026 at 8:30 AM Shop <shop@a.test> wrote:\n\n${original}`,
    "Thanks.",
  ],
  [
    "Gmail, folded",
    `Thanks.\n\nOn Mon, Nov 23, 2026 at 8:30 AM The Shop of Everything <\nshop@waxwing.test> wrote:\n\n${original}`,
    "Thanks.",
  ],
  [
    "Gmail, German",
    `Danke.\n\nAm Mo., 23. Nov. 2026 um 08:30 Uhr schrieb Laden <shop@a.test>:\n\n${original}`,
    "Danke.",
  ],
  [
    "Gmail, French",
    `Merci.\n\nLe lun. 23 nov. 2026 à 08:30, Boutique <shop@a.test> a écrit :\n\n${original}`,
    "Merci.",
  ],
  [
    "Gmail, Spanish",
    `Gracias.\n\nEl lun, 23 nov 2026 a las 8:30, Tienda (<shop@a.test>) escribió:\n\n${original}`,
    "Gracias.",
  ],
  [
    "Gmail, Italian",
    `Grazie.\n\nIl giorno lun 23 nov 2026 alle ore 08:30 Negozio <shop@a.test> ha scritto:\n\n${original}`,
    "Grazie.",
  ],
  [
    "Gmail, Portuguese",
    `Obrigada.\n\nEm seg., 23 de nov. de 2026 às 08:30, Loja <shop@a.test> escreveu:\n\n${original}`,
    "Obrigada.",
  ],
  [
    "Gmail, Dutch",
    `Dank je.\n\nOp ma 23 nov 2026 om 08:30 schreef Winkel <shop@a.test>:\n\n${original}`,
    "Dank je.",
  ],
  [
    "Gmail, Polish",
    `Dziękuję.\n\npon., 23 lis 2026 o 08:30 Sklep <shop@a.test> napisał(a):\n\n${original}`,
    "Dziękuję.",
  ],
  [
    "Gmail, Russian",
    `Спасибо.\n\nпн, 23 нояб. 2026 г. в 08:30, Магазин <shop@a.test>:\n\n${original}`.replace(
      "<shop@a.test>:",
      "<shop@a.test> написал(а):",
    ),
    "Спасибо.",
  ],
  [
    "Gmail, Swedish",
    `Tack.\n\nDen mån 23 nov. 2026 kl 08:30 skrev Butiken <shop@a.test>:\n\n${original}`,
    "Tack.",
  ],
  [
    "Gmail, Japanese",
    `ありがとう。\n\n2026年11月23日(月) 8:30 Shop <shop@a.test>:\n\n${original}`.replace(
      "test>:",
      "test> のメール:",
    ),
    "ありがとう。",
  ],
  [
    "Gmail, Chinese",
    `谢谢。\n\nShop <shop@a.test> 于2026年11月23日周一 08:30写道：\n\n${original}`,
    "谢谢。",
  ],
  [
    "Gmail, Turkish",
    `Teşekkürler.\n\nMağaza <shop@a.test>, 23 Kas 2026 Pzt, 08:30 tarihinde şunu yazdı:\n\n${original}`,
    "Teşekkürler.",
  ],
  [
    "Apple Mail",
    `Thank you.\n\nAnn\n\n> On 23 Nov 2026, at 08:30, Shop <shop@a.test> wrote:\n> \n> Hello\n`,
    "Thank you.\n\nAnn",
  ],
  [
    "Apple Mail on a telephone",
    `Yes please\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 08:30, Shop <shop@a.test> wrote:\n> \n> Hello\n`,
    "Yes please",
  ],
  [
    "a telephone, German",
    `Ja bitte\n\nVon meinem iPhone gesendet\n\n> Am 23.11.2026 um 08:30 schrieb Laden <shop@a.test>:\n> \n> Hallo\n`,
    "Ja bitte",
  ],
  [
    "Thunderbird, answers below",
    `On 11/23/26 08:30, Shop wrote:\n${original}\nNo, the other one.\n\n-- \nAnn\nCEO\n`,
    "No, the other one.",
  ],
  [
    "Thunderbird, answers in between",
    "Am 23.11.26 um 08:30 schrieb Laden:\n> Rot?\nJa.\n\n> Groß?\n\nNein, klein.\n",
    "Ja.\n\nNein, klein.",
  ],
  [
    "Outlook",
    "Thanks a lot.\n\nFrom: Shop <shop@a.test>\nSent: Monday, November 23, 2026 8:30 AM\nTo: Ann <ann@b.test>\nSubject: Your order\n\nHello Ann,\n",
    "Thanks a lot.",
  ],
  [
    "Outlook, German, with its rule",
    "Vielen Dank.\n\n________________________________\nVon: Laden <shop@a.test>\nGesendet: Montag, 23. November 2026 08:30\nAn: Ann <ann@b.test>\nBetreff: Ihre Bestellung\n\nHallo\n",
    "Vielen Dank.",
  ],
  [
    "Outlook, French, in bold",
    "Merci.\n\n*De :* Boutique <shop@a.test>\n*Envoyé :* lundi 23 novembre 2026 08:30\n*À :* Ann <ann@b.test>\n*Objet :* Commande\n\nBonjour\n",
    "Merci.",
  ],
  [
    "Outlook for iOS",
    "Ok\n\nGet Outlook for iOS\n________________________________\nFrom: Shop <shop@a.test>\nSent: Monday\nTo: Ann\nSubject: x\n\nHi\n",
    "Ok",
  ],
  ["Outlook, old", "Fine.\n\n-----Original Message-----\nFrom: Shop\nSent: Monday\n\nHello\n", "Fine."],
  ["old, German", "Gut.\n\n-----Ursprüngliche Nachricht-----\nVon: Laden\n\nHallo\n", "Gut."],
  ["QQ Mail", "好的\n\n------------------ 原始邮件 ------------------\n发件人: Shop\n\nHello\n", "好的"],
  ["a signature", "See you.\n-- \nAnn Smith\n+44 20 7946 0000\n", "See you."],
  [
    "a sentence that only looks like an attribution",
    "On Monday he wrote:\nnothing at all.\n",
    "On Monday he wrote:\nnothing at all.",
  ],
  [
    "a person who writes From:",
    "From: the bottom of my heart\nthank you.\n",
    "From: the bottom of my heart\nthank you.",
  ],
  ["nothing but a quotation", original, ""],
  ["nothing", "", ""],
];

const html: readonly (readonly [title: string, text: string, written: string])[] = [
  [
    "Gmail",
    '<div dir="ltr">Thanks<br>a lot</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Nov 23, 2026 at 8:30 AM Shop &lt;<a href="mailto:shop@a.test">shop@a.test</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Hello <blockquote>x</blockquote> y</blockquote></div>',
    "Thanks\na lot",
  ],
  [
    "Outlook on the web",
    '<html><head><style>p{}</style></head><body><div>Fine &amp; good.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Shop</div><div>Hello</div></body></html>',
    "Fine & good.",
  ],
  [
    "Outlook on the desktop",
    '<p>Yes.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Shop</p></div><p>Hello</p>',
    "Yes.",
  ],
  [
    "Apple Mail",
    '<body>Good.<div><br><blockquote type="cite"><div>On 23 Nov 2026, at 08:30, Shop &lt;shop@a.test&gt; wrote:</div><br><div>Hello</div></blockquote></div></body>',
    "Good.",
  ],
  [
    "Thunderbird",
    '<p>No.</p><div class="moz-cite-prefix">On 11/23/26 08:30, Shop wrote:<br></div><blockquote type="cite">Hello</blockquote><p>Really not.</p><div class="moz-signature">-- <br>Ann</div>',
    "No.\n\nReally not.",
  ],
  ["Yahoo", '<div>ok</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday</div></div>', "ok"],
];

suite("what was written into an answer", { timeout: 60_000 }, () => {
  for (const [title, text, written] of plain) {
    test(title, () => assert.equal(writtenText(text), written));
  }
  for (const [title, text, written] of html) {
    test(`html of ${title}`, () => assert.equal(writtenText(htmlLines(text)), written));
  }

  test("the text part counts, html only without one, and what is longer is cut", () => {
    const raw = Buffer.from(
      "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n\r\n> x\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>other</p>\r\n--b--\r\n",
    );
    assert.equal(readWrittenText(raw, parseMimeParts(raw), 100), "Grüße");
    assert.equal(readWrittenText(raw, parseMimeParts(raw), 3), "Grü");
    const onlyHtml = Buffer.from("Content-Type: text/html\r\n\r\n<p>a</p><blockquote>b</blockquote>");
    assert.equal(readWrittenText(onlyHtml, parseMimeParts(onlyHtml), 100), "a");
    const none = Buffer.from("Content-Type: image/png\r\n\r\nx");
    assert.equal(readWrittenText(none, parseMimeParts(none), 100), "");
  });

  test("hostile text takes no time", () => {
    const pieces = [
      "On 1 ",
      "<blockquote>",
      "<div class=",
      "class=",
      "> ",
      "-",
      "_",
      "From: x\nTo: y\n",
      "</",
      "&#x41;",
      "<",
      "\n",
      "On 1:\n",
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(300_000 / piece.length));
      const startedAt = performance.now();
      writtenText(text);
      writtenText(htmlLines(text));
      assert.ok(performance.now() - startedAt < 2_000, JSON.stringify(piece));
    }
  });
});
