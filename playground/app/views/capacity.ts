// How many pods a node of each type holds: by secondary addresses, by prefixes, recommended.
import { count, h, one } from "../dom.ts";
import type { Row } from "../protocol.ts";

/** How many types are drawn. */
const DRAWN = 60;

const SERIES = [
  ["secondary", "secondary addresses", (row: Row) => row.maxPodsSecondary],
  ["prefix", "prefixes", (row: Row) => row.maxPodsPrefix],
  ["recommended", "recommended", (row: Row) => row.maxPodsRecommended],
] as const;

/** What is asked of the types; kept while rows change. */
const asked = { name: "c5.", gpu: false, efa: false };

export function showCapacity(rows: Row[]): void {
  const panel = one("#panel-capacity");
  const told = h("p", { class: "quiet", role: "status" });
  const list = h("ul", { class: "chart", "aria-label": "Pods per type" });
  const draw = (): void => drawInto(told, list, rows);
  const families = [...new Set(rows.map((row) => row.instanceType.split(".")[0] ?? ""))].sort();
  const name = h("input", {
    id: "family",
    type: "search",
    list: "families",
    autocomplete: "off",
    placeholder: "all",
    input: () => {
      asked.name = name.value.trim().toLowerCase();
      draw();
    },
  });
  name.value = asked.name;
  const box = (key: "gpu" | "efa", label: string): HTMLElement => {
    const input = h("input", {
      type: "checkbox",
      id: `only-${key}`,
      checked: asked[key],
      change: () => {
        asked[key] = input.checked;
        draw();
      },
    });
    return h("label", {}, input, ` ${label}`);
  };
  panel.replaceChildren(
    h("h2", {}, "Pods per node"),
    h(
      "div",
      { class: "filters" },
      h("label", {}, "Family or type ", name),
      h("datalist", { id: "families" }, ...families.map((family) => h("option", { value: `${family}.` }))),
      box("gpu", "with GPUs"),
      box("efa", "with EFA"),
    ),
    h(
      "ul",
      { class: "legend" },
      ...SERIES.map(([key, label]) => h("li", {}, h("span", { class: `swatch ${key}` }), label)),
    ),
    told,
    list,
  );
  draw();
}

function drawInto(told: HTMLElement, list: HTMLElement, rows: Row[]): void {
  const chosen = rows.filter(
    (row) =>
      row.instanceType.startsWith(asked.name) &&
      (!asked.gpu || (row.gpuCount ?? 0) > 0) &&
      (!asked.efa || (row.efaInterfaces ?? 0) > 0),
  );
  const shown = chosen.slice(0, DRAWN);
  const most = Math.max(1, ...shown.flatMap((row) => SERIES.map(([, , of]) => of(row) ?? 0)));
  // Prefixes hold many times more than the rest: lengths grow with the logarithm.
  const share = (pods: number): number => (Math.log1p(pods) / Math.log1p(most)) * 100;
  const more = chosen.length - shown.length;
  const some = `${count(chosen.length)} of ${count(rows.length)} types${more > 0 ? `, the first ${DRAWN} are shown` : ""}; the bars are logarithmic`;
  told.textContent = chosen.length > 0 ? some : `None of the ${count(rows.length)} types matches.`;
  list.replaceChildren(...shown.map((row) => bars(row, share)));
}

function bars(row: Row, share: (pods: number) => number): HTMLElement {
  const facts = [
    row.gpuCount ? `${row.gpuCount} GPU` : "",
    row.efaInterfaces ? `${row.efaInterfaces} EFA` : "",
    row.taken ? `uses ${count(row.taken.addresses)} addresses` : "",
  ].filter((fact) => fact !== "");
  const lines = SERIES.map(([key, label, of]) => {
    const pods = of(row);
    const none = key === "prefix" && row.takesPrefixes === false ? "no prefixes" : "unknown";
    const bar = h("span", { class: `length ${key}` });
    bar.style.inlineSize = `${share(pods ?? 0)}%`;
    return h(
      "span",
      { class: "series", "data-series": key },
      h("span", { class: "unseen" }, `${label}: `),
      h("span", { class: "track", "aria-hidden": "true" }, bar),
      h("span", { class: "value" }, pods === undefined || pods === null ? none : count(pods)),
    );
  });
  return h(
    "li",
    { "data-type": row.instanceType },
    h("div", { class: "type" }, h("strong", {}, row.instanceType), h("small", {}, facts.join(" · "))),
    h("div", {}, ...lines),
  );
}
