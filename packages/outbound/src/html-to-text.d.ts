/** The part of html-to-text 10 that is used here; its own package brings no types. */
declare module "html-to-text" {
  export function compile(options: {
    readonly wordwrap: number | false;
    readonly limits: {
      readonly maxInputLength: number;
      readonly maxDepth: number;
      readonly maxChildNodes: number;
    };
    readonly selectors: readonly {
      readonly selector: string;
      readonly format?: string;
      readonly options?: Readonly<Record<string, boolean>>;
    }[];
  }): (html: string) => string;
}
