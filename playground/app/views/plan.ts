// The address plan: each subnet as blocks that are AWS's own, taken, for prefixes only, free.
import { count, h, one } from "../dom.ts";
import type { AddressPlan } from "../protocol.ts";

type Subnet = AddressPlan["subnets"][number];

/** Blocks that a subnet is drawn as. */
const BLOCKS = 256;
/** How many subnets and groups of nodes are drawn. */
const DRAWN = 100;

const PARTS = [
  ["aws", "AWS's own"],
  ["taken", "used"],
  ["freeForPrefixes", "free for prefixes only"],
  ["free", "free"],
] as const;

export function showPlan(plan: AddressPlan | undefined, takeExample: () => void): void {
  const panel = one("#panel-plan");
  if (!plan) {
    panel.replaceChildren(
      h("p", { class: "quiet" }, "The settings have no address plan (", h("code", {}, "network"), ")."),
      h("button", { type: "button", click: takeExample }, "Load the example"),
    );
    return;
  }
  const legend = PARTS.map(([key, label]) => h("li", {}, h("span", { class: `swatch part-${key}` }), label));
  const more = plan.subnets.length - DRAWN;
  panel.replaceChildren(
    h("h2", {}, "Subnets"),
    h("ul", { class: "legend" }, ...legend),
    ...plan.subnets.slice(0, DRAWN).map(subnetOf),
    more > 0 ? h("p", { class: "quiet" }, `and ${count(more)} more`) : "",
    nodes(plan),
    ...plan.notes.map((note) => h("p", { class: "quiet" }, note)),
  );
}

/** How many blocks each part gets: what is there at all gets one. */
function blocksOf({ parts }: Subnet): number[] {
  const amounts = PARTS.map(([key]) => parts[key]);
  const all = Math.max(1, amounts.reduce((sum, amount) => sum + amount, 0));
  const blocks = amounts.map((amount) => (amount === 0 ? 0 : Math.max(1, Math.round((amount / all) * BLOCKS))));
  const widest = blocks.indexOf(Math.max(...blocks));
  const over = blocks.reduce((sum, amount) => sum + amount, 0) - BLOCKS;
  return blocks.map((amount, index) => (index === widest ? amount - over : amount));
}

function subnetOf(subnet: Subnet): HTMLElement {
  const { parts } = subnet;
  const said = PARTS.filter(([key]) => parts[key] > 0).map(([key, label]) => `${count(parts[key])} ${label}`);
  const kinds = blocksOf(subnet).flatMap((amount, index) => Array<string>(amount).fill(PARTS[index]?.[0] ?? ""));
  const squares = kinds.map((kind) => h("span", { class: `part-${kind}` }));
  const label = `${subnet.name}: ${said.join(", ")} (${parts.unit})`;
  const fits = subnet.wouldFit.map(({ instanceType, nodes }) => `${count(nodes)} more of ${instanceType}`);
  return h(
    "section",
    { class: "subnet", "data-subnet": subnet.name },
    h("h3", {}, subnet.name, " ", h("code", {}, subnet.cidr), " ", h("small", {}, subnet.zone)),
    h("div", { class: "blocks", role: "img", "aria-label": label }, ...squares),
    h("p", {}, `${said.join(" · ")} (${parts.unit})`),
    fits.length > 0 && h("p", { class: "quiet" }, `Also fits, at best: ${fits.join(", ")}`),
  );
}

function nodes(plan: AddressPlan): HTMLElement | string {
  if (plan.nodes.length === 0) return "";
  const rows = plan.nodes.slice(0, DRAWN).map((group) => {
    const placed = group.placed.map(({ subnet, nodes }) => `${subnet}: ${count(nodes)}`);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("code", {}, group.instanceType)),
      h("td", { class: "number" }, count(group.count)),
      h("td", { class: "number" }, count(group.each.blocks)),
      h("td", { class: "number" }, count(group.each.singleAddresses)),
      h("td", { class: "where" }, placed.join(", ")),
      h("td", { class: "number" }, count(group.withoutRoom)),
    );
  });
  const head = ["Instance type", "nodes", "blocks per node", "addresses per node", "where", "without room"] as const;
  const named = head.map((name) => h("th", { scope: "col", class: name === "where" || name === head[0] ? "" : "number" }, name));
  return h(
    "div",
    {},
    h("h2", {}, "Nodes"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Nodes" },
      h("table", {}, h("thead", {}, h("tr", {}, ...named)), h("tbody", {}, ...rows)),
    ),
  );
}
