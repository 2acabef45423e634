const EXAMPLE =
  'e.g. {"email": "example@example.com"} or {"email": "example@example.com", "name": "Example Recipient"}';
const BCC_OBJECT = `The bcc email recipient object must at least have an email address and may also contain a name. ${EXAMPLE}`;

/** As `REFUSALS`, for `mail_settings` and `tracking_settings`. */
export const SETTING_REFUSALS: readonly (readonly [change: object, field: string, message: string])[] = [
  ...(
    [
      ["sandbox_mode", "sandbox mode"],
      ["footer", "footer"],
      ["bcc", "bcc"],
      ["bypass_list_management", "bypass list management"],
      ["bypass_spam_management", "bypass spam management"],
      ["bypass_bounce_management", "bypass bounce management"],
      ["bypass_unsubscribe_management", "bypass unsubscribe management"],
      ["spam_check", "spam check"],
    ] as const
  ).map(
    ([name, words]) =>
      [
        { mail_settings: { [name]: { enable: "yes" } } },
        `mail_settings.${name}.enable`,
        `The ${words} enable param should be a boolean value.`,
      ] as const,
  ),
  [
    { mail_settings: { footer: { enable: true, text: 1 } } },
    "mail_settings.footer.text",
    "The text/plain version of your footer should be a string.",
  ],
  [
    { mail_settings: { footer: { enable: true, html: 1 } } },
    "mail_settings.footer.html",
    "The text/html version of your footer should be a string.",
  ],
  [
    { mail_settings: { bcc: { enable: true } } },
    "mail_settings.bcc.email",
    "You must include a recipient object when using the bcc mail setting.",
  ],
  [{ mail_settings: { bcc: { enable: true, email: 5 } } }, "mail_settings.bcc.email", BCC_OBJECT],
  [
    { mail_settings: { spam_check: { enable: true, threshold: 11, post_to_url: "https://a.test" } } },
    "mail_settings.spam_check.threshold",
    "The spam check threshold is between 1 and 10, with the lower numbers being the most strict filtering. ",
  ],
  [
    { mail_settings: { spam_check: { enable: true, post_to_url: "https://a.test" } } },
    "mail_settings.spam_check.threshold",
    "You must include the spam check threshold  when using the spam check mail setting.",
  ],
  [
    { mail_settings: { spam_check: { enable: true, threshold: 1 } } },
    "mail_settings.spam_check.post_to_url",
    "You must include the url to post to when using the spam check mail setting.",
  ],
  [
    { mail_settings: { spam_check: { enable: true, threshold: 1, post_to_url: 1 } } },
    "mail_settings.spam_check.post_to_url",
    "The spam check url must be a string.",
  ],
  [
    { mail_settings: { spam_check: { enable: true, threshold: 1, post_to_url: "ftp://a" } } },
    "mail_settings.spam_check.post_to_url",
    "The `post_to_url` parameter must start with `http://` or `https://`.",
  ],
  ...(
    [
      ["click_tracking", "The click tracking enable param should be a boolean value."],
      ["open_tracking", "The open tracking enable param should be a boolean value."],
      ["subscription_tracking", "The subscription tracking enable param should be a boolean value."],
      ["ganalytics", "The Google Analytics enable param must be a boolean value."],
    ] as const
  ).map(
    ([name, message]) =>
      [
        { tracking_settings: { [name]: { enable: 1 } } },
        `tracking_settings.${name}.enable`,
        message,
      ] as const,
  ),
  [
    { tracking_settings: { click_tracking: { enable: true, enable_text: 1 } } },
    "tracking_settings.click_tracking.enable_text",
    "The click tracking enable text must be a boolean value.",
  ],
  [
    { tracking_settings: { open_tracking: { enable: true, substitution_tag: 1 } } },
    "tracking_settings.open_tracking.substitution_tag",
    "The open tracking substitution tag must be a string.",
  ],
  ...["utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"].map(
    (name) =>
      [
        { tracking_settings: { ganalytics: { enable: true, [name]: 1 } } },
        `tracking_settings.ganalytics.${name}`,
        `The Google Analytics ${name} must be a string value.`,
      ] as const,
  ),
  [
    { tracking_settings: { subscription_tracking: { enable: true, text: 1 } } },
    "tracking_settings.subscription_tracking.text",
    "The subscription tracking unsubscribe content for text/plain messages must be a string. ",
  ],
  [
    { tracking_settings: { subscription_tracking: { enable: true, html: 1 } } },
    "tracking_settings.subscription_tracking.html",
    "The subscription tracking unsubscribe content for text/html messages must be a string.",
  ],
  [
    { tracking_settings: { subscription_tracking: { enable: true, substitution_tag: 1 } } },
    "tracking_settings.subscription_tracking.substitution_tag",
    "The subscription tracking substitution tag must be a string value.",
  ],
];
