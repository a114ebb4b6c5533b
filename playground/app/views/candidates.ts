// Which instance types a pod can land on, and which constraint removes how many.
import { count, h, one, prose } from "../dom.ts";
import type { Candidates, Judged, Report } from "../protocol.ts";
import { faulty } from "./faults.ts";
import { type Actions, jump } from "./verdict.ts";

type Narrowing = Candidates["alternatives"][number][number];

export function showCandidates(report: Report, actions: Actions): void {
  const pods = report.documents.flatMap((judged) => judged.candidates.map((pod) => podOf(judged, pod, actions)));
  const none = h("p", { class: "quiet" }, "There is no pod to place. Paste a manifest with a pod, or choose an example.");
  const shown = pods.length > 0 ? pods.slice(0, DRAWN) : [none];
  const faults = faulty(report, actions);
  one("#panel-candidates").replaceChildren(...(faults.length > 0 ? faults : shown));
}

/** How many pods, alternatives of each and constraints of each are drawn. */
const DRAWN = 100;

function podOf(judged: Judged, pod: Candidates, actions: Actions): HTMLElement {
  const more = pod.types.count - pod.types.first.length;
  const chips = pod.types.first.map((name) => h("li", {}, h("code", {}, name)));
  if (more > 0) chips.push(h("li", { class: "quiet" }, `and ${count(more)} more`));
  const tables = pod.alternatives
    .filter((steps) => steps.length > 0)
    .slice(0, DRAWN)
    .map((steps, index, all) => {
      const title = all.length > 1 ? `Alternative ${index + 1} of ${all.length}` : "Constraints";
      return h("div", {}, h("h3", {}, title), table(judged, pod, steps, `${judged.name} ${pod.place}: ${title}`, actions));
    });
  return h(
    "section",
    { class: "document" },
    h("h2", {}, judged.name, " ", h("code", { class: "quiet" }, pod.place)),
    h("p", { class: "figure" }, h("strong", {}, sentence(pod))),
    ...tables,
    chips.length > 0 && h("h3", {}, "Instance types it can run on"),
    h("ul", { class: "chips" }, ...chips),
  );
}

function sentence({ summary, decided }: Candidates): string {
  return decided ? `Instance types: ${summary}` : `Can run on ${summary}${/\d$/.test(summary) ? " instance types" : ""}`;
}

function table(judged: Judged, { known }: Candidates, steps: Narrowing[], title: string, actions: Actions): HTMLElement {
  const rows = steps.slice(0, DRAWN).map((step) => {
    const range = judged.places[step.place];
    const name = prose(step.constraint);
    const place =
      step.place !== "" && range
        ? jump(range.from, actions)
        : h("span", { class: "quiet" }, "settings");
    const number = (removed: number) => h("td", { class: "number" }, step.applies ? count(removed) : "–");
    const bar = h("progress", { max: known, value: step.leaves, "aria-hidden": "true" });
    return h(
      "tr",
      {},
      h("th", { scope: "row", class: "constraint" }, name, " ", place, !step.applies && h("small", {}, " nodes without this label meet it")),
      number(step.removesAlone),
      number(step.removesInTurn),
      h("td", { class: "number" }, count(step.leaves), bar),
    );
  });
  const head = ["rules out alone", "rules out in turn", "leaves"].map((name) => h("th", { scope: "col", class: "number" }, name));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "constraint" }, "Constraint"), ...head)),
      h("tbody", {}, ...rows),
    ),
    steps.length > DRAWN && h("p", { class: "quiet" }, `and ${count(steps.length - DRAWN)} more`),
  );
}
