// The verdict: what becomes of each document, what the rules find, what admission changes.
import { count, h, one, prose, whenSeen } from "../dom.ts";
import { closeDifferences, showDifference } from "../editor.ts";
import type { Judged, Operation, Report } from "../protocol.ts";
import { ruleLink } from "../rules.ts";
import { faultsOf, faulty, placeIn, type ToInputs } from "./faults.ts";
import { poolsOf } from "./pools.ts";

export interface Actions extends ToInputs {
  manifest: string;
  lineOf: (offset: number) => number;
  go: (offset: number) => void;
  fix: (index: number, operations: Operation[]) => void;
}

/** How many verdicts are read out. */
const SPOKEN = 5;

const TOLD: Record<string, [string, string]> = {
  allowed: ["Allowed", "✓"],
  repaired: ["Allowed, repaired", "✎"],
  denied: ["Denied", "✕"],
  unjudged: ["Can't be checked, denied", "✕"],
  skipped: ["Not checked: the policy has no rules for this kind", "–"],
};

const outcome = ({ verdict, patch }: Judged): string =>
  verdict === "allowed" && patch.length > 0 ? "repaired" : verdict;

/** The verdicts in a sentence, for who can't see them. */
export function summary(report: Report): string {
  const { settings, cluster, manifest, documents } = report;
  if (settings.length > 0) return `The settings have ${faultsOf(settings)}.`;
  if (cluster.length > 0) return `The cluster has ${faultsOf(cluster)}.`;
  if (manifest[0]) return `The manifest can't be checked: ${manifest[0].message}`;
  const told = documents.map((one) => {
    const findings = one.findings.length === 1 ? "1 finding" : `${one.findings.length} findings`;
    return `${one.name}: ${TOLD[outcome(one)]?.[0]}, ${findings}.`;
  });
  if (told.length > SPOKEN) told.splice(SPOKEN, told.length, `And ${told.length - SPOKEN} more.`);
  return told.join(" ") || "Nothing to check.";
}

export function showVerdict(report: Report, actions: Actions): void {
  const parts = faulty(report, actions);
  for (const { from, message } of report.manifest) {
    parts.push(
      h(
        "div",
        { class: "verdict denied" },
        h("h2", {}, "✕ The manifest can't be checked"),
        h("p", {}, jump(from, actions), " ", prose(message)),
      ),
    );
  }
  const foreign = report.foreign.map(({ from }) => h("li", {}, placeIn("cluster", from, actions)));
  if (foreign.length > 0 && report.cluster.length === 0) {
    parts.push(h("div", { class: "passed" }, h("p", {}, "These parts of the cluster are not Kubernetes objects and are skipped:"), h("ul", { class: "chips" }, ...foreign)));
  }
  parts.push(...report.documents.map((judged) => verdict(judged, actions)));
  if (report.cut) parts.push(h("p", { class: "quiet" }, "Only the first 100 are shown here; the command ", h("code", {}, "admit"), " checks the rest too."));
  if (parts.length === 0) parts.push(h("p", { class: "quiet" }, "Nothing to check. Paste a manifest, or choose an example."));
  closeDifferences();
  one("#panel-verdict").replaceChildren(...parts);
}

/** A button that leads to a line of the manifest. */
export function jump(offset: number, actions: Actions): HTMLElement {
  const line = actions.lineOf(offset);
  return h("button", { type: "button", class: "place", click: () => actions.go(offset) }, `line ${line}`);
}

function verdict(judged: Judged, actions: Actions): HTMLElement {
  const key = outcome(judged);
  const [title, sign] = TOLD[key] ?? [key, ""];
  const fixAll = h(
    "button",
    { type: "button", class: "primary", click: () => actions.fix(judged.index, judged.repair) },
    "Apply the fix",
  );
  const section = h(
    "section",
    { class: "document" },
    h(
      "div",
      { class: `verdict ${key}` },
      h("h2", {}, h("span", { "aria-hidden": "true" }, `${sign} `), title),
      h("p", { class: "name" }, judged.name),
      judged.message && h("p", {}, prose(judged.message)),
      judged.repair.length > 0 && fixAll,
    ),
    judged.findings.length > 0 && list(judged, actions),
    judged.verdict === "allowed" && judged.findings.length === 0 && h("p", { class: "quiet" }, "No findings."),
  );
  section.append(...poolsOf(judged));
  if (judged.patch.length > 0) section.append(h("h3", {}, "What admission changes"));
  if (judged.admitted) {
    const { from, to, text } = judged.admitted;
    const host = h("div", { class: "difference" });
    section.append(host);
    const [before, above] = [actions.manifest.slice(from, to), actions.lineOf(from) - 1];
    whenSeen(host, () => showDifference(host, `${judged.name} as admitted`, before, text, above));
  } else if (judged.patch.length > 0) {
    section.append(h("p", { class: "quiet" }, "Too large to show here; apply the fix to see it."));
  }
  const notes = Object.entries(judged.annotations);
  if (notes.length > 0) {
    const rows = notes.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]);
    section.append(h("h3", {}, "Audit annotations"), h("dl", {}, ...rows));
  }
  return section;
}

function list({ findings, left, index }: Judged, actions: Actions): HTMLElement {
  const items = findings.map((finding) => {
    const places = finding.ranges.map(({ from }) => jump(from, actions));
    const fix = h(
      "button",
      { type: "button", click: () => actions.fix(index, finding.fix) },
      "Apply this fix",
    );
    return h(
      "li",
      { class: "finding" },
      h(
        "p",
        { class: "head" },
        h("span", { class: `badge ${finding.action}` }, finding.action),
        finding.rule !== "" && ruleLink(finding.rule),
        ...places,
      ),
      h("p", {}, prose(finding.fact)),
      finding.remedies.length > 0 && h("ul", { class: "remedies" }, ...finding.remedies.map((remedy) => h("li", {}, prose(remedy)))),
      finding.fix.length > 0 && fix,
    );
  });
  if (left > 0) items.push(h("li", { class: "quiet" }, `and ${count(left)} more`));
  return h("ol", { class: "findings", "aria-label": "Findings" }, ...items);
}
