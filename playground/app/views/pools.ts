// Which NodePools of the cluster a pod can land on, and what the others lack.
import { count, h, prose } from "../dom.ts";
import type { Judged, OnPools } from "../protocol.ts";

type Pool = OnPools["pools"][number];
type Lack = Extract<Pool["answer"], { lacks: unknown }>["lacks"][number];
type Made = Extract<Pool["answer"], { makes: unknown }>["makes"];

/** How many pods, and NodePools of each, are drawn. */
const DRAWN = 100;

/** The NodePools for each pod of a document; nothing where no cluster is shown. */
export function poolsOf({ name, pools }: Judged): HTMLElement[] {
  const pods = pools.slice(0, DRAWN).map((pod) => podOf(name, pod));
  if (pools.length > DRAWN) pods.push(h("p", { class: "quiet" }, `and ${count(pools.length - DRAWN)} more pods`));
  return pods;
}

function podOf(name: string, { place, aside, pools }: OnPools): HTMLElement {
  const more = pools.length - DRAWN;
  const none = aside === null && pools.length === 0;
  return h(
    "div",
    { class: "pools" },
    h("h3", {}, "NodePools for ", h("code", {}, place)),
    aside !== null && h("p", { class: "quiet" }, `${pools.length > 0 ? "NodePools alone don't decide" : "NodePools don't decide"}: ${aside}.`),
    none && h("p", { class: "quiet" }, "The snapshot contains no readable NodePool."),
    pools.length > 0 && table(`NodePools for ${name} ${place}`, pools.slice(0, DRAWN)),
    more > 0 && h("p", { class: "quiet" }, `and ${count(more)} more`),
  );
}

function table(title: string, pools: Pool[]): HTMLElement {
  const heads = ["NodePool", "can make a node"].map((name) => h("th", { scope: "col" }, name));
  heads.push(h("th", { scope: "col", class: "number" }, "EFA per node"));
  const body = pools.map(({ name, fixed, answer }) => {
    const named = h("th", { scope: "row" }, h("code", {}, name), fixed && h("span", { class: "badge", title: "It has a fixed number of nodes, independent of pods." }, "static"));
    if ("lacks" in answer) return h("tr", {}, named, h("td", { colspan: 2 }, ...lacks(answer.lacks)));
    return h("tr", {}, named, h("td", {}, ...makes(answer.makes)), h("td", { class: "number" }, span(answer.makes.efa)));
  });
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
    h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...body)),
  );
}

function makes({ types, doubt }: Made): HTMLElement[] {
  const { count: all, first } = types;
  const names = first.flatMap((name, index) => [index > 0 ? ", " : "", h("code", {}, name)]);
  const rest = all > first.length ? ` and ${count(all - first.length)} more types` : "";
  const shown = all > 0 ? [...names, rest] : ["a type that is unknown here"];
  const doubts = doubt === null ? [] : [h("p", { class: "doubt" }, "but it ", prose(doubt))];
  return [h("p", {}, h("strong", { class: "fits" }, "✓ yes"), " ", ...shown), ...doubts];
}

function lacks(missed: Lack[]): HTMLElement[] {
  const items = missed.map(({ what, open }) => h("li", {}, prose(what), open && h("small", {}, " unless something that is not visible here adds it")));
  return [h("strong", { class: "lacks" }, "✕ no, it"), h("ul", {}, ...items)];
}

function span({ least, most }: Made["efa"]): string {
  if (least === null || most === null) return "unknown";
  return least === most ? count(least) : `${count(least)} to ${count(most)}`;
}
