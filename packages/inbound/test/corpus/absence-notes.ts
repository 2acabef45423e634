import type { Sample } from "./sample.ts";

/** Subjects and first lines of absence notes as mail programs write them, by language. */
const notes: readonly (readonly [language: string, subject: string, text: string])[] = [
  ["English (Outlook)", "Automatic reply: Your order", "I am out of the office until Monday."],
  ["English (older Outlook)", "Out of Office AutoReply: Your order", "I will be back on Monday."],
  ["English (Gmail)", "On leave Re: Your order", "I am on annual leave with limited access to email."],
  ["German", "Automatische Antwort: Ihre Bestellung", "Ich bin bis zum 12.11. nicht im Büro."],
  ["German (older)", "Abwesenheitsnotiz: Ihre Bestellung", "Ich bin im Urlaub."],
  ["French", "Réponse automatique : Votre commande", "Je suis absente jusqu'au 12 novembre."],
  ["French (older)", "Absence du bureau : Votre commande", "De retour le 12."],
  ["Spanish", "Respuesta automática: Su pedido", "Estoy fuera de la oficina."],
  ["Portuguese", "Resposta automática: O seu pedido", "Estou ausente do escritório."],
  ["Italian", "Risposta automatica: Il suo ordine", "Sono fuori sede fino al 12."],
  ["Dutch", "Automatisch antwoord: Uw bestelling", "Ik ben afwezig."],
  ["Swedish", "Autosvar: Din beställning", "Jag är på semester."],
  ["Danish", "Automatisk svar: Din ordre", "Jeg er ikke på kontoret."],
  ["Norwegian", "Fravær: Bestillingen din", "Jeg er på ferie."],
  ["Finnish", "Automaattinen vastaus: Tilauksesi", "Olen lomalla."],
  ["Polish", "Automatyczna odpowiedź: Twoje zamówienie", "Jestem na urlopie."],
  ["Czech", "Automatická odpověď: Vaše objednávka", "Jsem mimo kancelář."],
  ["Slovak", "Automatická odpoveď: Vaša objednávka", "Som mimo kancelárie."],
  ["Hungarian", "Automatikus válasz: Az Ön rendelése", "Szabadságon vagyok."],
  ["Romanian", "Răspuns automat: Comanda dvs.", "Sunt în concediu."],
  ["Turkish", "Otomatik Yanıt: Siparişiniz", "Ofis dışındayım."],
  ["Greek", "Αυτόματη απάντηση: Η παραγγελία σας", "Είμαι εκτός γραφείου."],
  ["Russian", "Автоматический ответ: Ваш заказ", "Я в отпуске до 12 ноября."],
  ["Russian (Yandex)", "Автоответ: Ваш заказ", "Меня нет на месте."],
  ["Ukrainian", "Автоматична відповідь: Ваше замовлення", "Я у відпустці."],
  ["Bulgarian", "Автоматичен отговор: Вашата поръчка", "В отпуск съм."],
  ["Croatian", "Automatski odgovor: Vaša narudžba", "Na godišnjem sam odmoru."],
  ["Slovenian", "Samodejni odgovor: Vaše naročilo", "Sem na dopustu."],
  ["Estonian", "Automaatvastus: Teie tellimus", "Olen puhkusel."],
  ["Hebrew", "תשובה אוטומטית: ההזמנה שלך", "אני בחופשה"],
  ["Arabic", "رد تلقائي: طلبك", "أنا في إجازة"],
  ["Japanese", "自動応答: ご注文", "休暇をいただいております。"],
  ["Japanese (webmail)", "【自動返信】お問い合わせありがとうございます", "担当者よりご連絡します。"],
  ["Chinese", "自动答复: 您的订单", "我在休假。"],
  ["Chinese (QQ)", "自动回复:您的订单", "您好，我最近正在休假中。"],
  ["Chinese, traditional", "自動回覆: 您的訂單", "我目前外出。"],
  ["Korean", "자동 회신: 주문", "휴가 중입니다."],
  ["Vietnamese", "Trả lời tự động: Đơn hàng", "Tôi đang nghỉ phép."],
];

const encoded = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

/** Absence notes in 30 languages, without any field that gives a program away. */
export const ABSENCE_NOTES: readonly Sample[] = notes.map(([language, subject, text]) => ({
  family: "absence notes",
  name: language,
  raw: Buffer.from(
    `From: Ann <ann@example.test>\nTo: hello@shop.test\nSubject: ${encoded(subject)}\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`,
  ),
  expect: { class: ["auto-reply"], reasons: ["out-of-office", "receipt"] },
}));
