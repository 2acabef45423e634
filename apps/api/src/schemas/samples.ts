/** Values that the examples of several schemas have in common, so that they tell one story. */

export const SAMPLE_ID = {
  message: "01a20722-6c3c-747d-b457-b595ee7071aa",
  event: "01a20722-6c3c-7b1e-9d24-3f6f0c5a9e11",
  domain: "01a20711-02b0-7f5d-8c1a-9b7e2d4c6f01",
  key: "01a20711-0311-7a52-b8cd-0f1e2d3c4b5a",
  mailbox: "01a20711-0422-7d10-9c3e-5a6b7c8d9e0f",
  alias: "01a20711-0533-7e21-8d4f-6b7c8d9e0f10",
  appPassword: "01a20711-0644-7f32-9e50-7c8d9e0f1021",
  template: "01a20715-9f00-7c44-a1b2-c3d4e5f60718",
  version: "01a20715-a1c8-7e35-8899-aabbccddeeff",
  webhook: "01a20716-1b2c-7d3e-8f40-516273849506",
  project: "01a20710-7b01-7d02-9e03-0a0b0c0d0e0f",
  route: "01a20717-2c3d-7e4f-9051-627384950617",
  audit: "01a20711-0311-7c01-8a2b-7c6d5e4f3a2b",
} as const;

export const SAMPLE_TIME = "2026-11-23T08:30:00.000Z";
export const LATER_SAMPLE_TIME = "2026-11-23T08:30:01.250Z";

/** A body of `POST /send` with the fields that most messages have. */
export const SAMPLE_MESSAGE = {
  from: "Shop <shop@waxwing.test>",
  to: "Ann <ann@example.test>",
  subject: "Your order 42",
  text: "Thank you, Ann. Your order is on its way.",
  html: "<p>Thank you, Ann. Your order is on its way.</p>",
  tags: ["order-confirmation"],
  metadata: { order: "42" },
};

/** Its answer. */
export const SAMPLE_RECIPIENTS = [{ id: `${SAMPLE_ID.message}.0`, email: "ann@example.test" }];
