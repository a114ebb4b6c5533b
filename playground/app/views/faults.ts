// What is wrong with what stands beside the manifest; without it no view has anything to show.
import type { Problem } from "../document.ts";
import { h, prose } from "../dom.ts";
import type { Report } from "../protocol.ts";

/** What stands beside the manifest. */
export const INPUTS = ["settings", "cluster"] as const;

type Input = (typeof INPUTS)[number];

/** What leads to it. */
export interface ToInputs {
  open: (input: Input, offset: number) => void;
  lineIn: (input: Input, offset: number) => number;
}

const TOLD: Record<Input, { title: string; means: string }> = {
  settings: { title: "The settings are not valid", means: "The policy would refuse to start with them." },
  cluster: { title: "The cluster can't be read", means: "Nothing is checked until the whole snapshot can be read." },
};

/** `1 error` */
export const faultsOf = ({ length }: Problem[]): string => (length === 1 ? "1 error" : `${length} errors`);

/** A button that leads to a line. */
export function placeIn(input: Input, offset: number, { open, lineIn }: ToInputs): HTMLElement {
  return h("button", { type: "button", class: "place", click: () => open(input, offset) }, `line ${lineIn(input, offset)}`);
}

/** All faults; nothing where there are none. */
export function faulty(report: Report, to: ToInputs): HTMLElement[] {
  return INPUTS.filter((input) => report[input].length > 0).map((input) => {
    const { title, means } = TOLD[input];
    const faults = report[input].map(({ from, message }) => {
      const head = h("p", { class: "head" }, h("span", { class: "badge deny" }, "error"), h("span", {}, `${input}, `, placeIn(input, from, to)));
      return h("li", { class: "finding" }, head, h("p", {}, prose(message)));
    });
    return h(
      "div",
      {},
      h("div", { class: "verdict denied" }, h("h2", {}, `✕ ${title}`), h("p", {}, means)),
      h("ol", { class: "findings", "aria-label": `Errors in the ${input}` }, ...faults),
    );
  });
}
