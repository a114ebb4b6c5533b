// The pages of the rules: those of `docs/rules`, shown in place.
import { repository } from "virtual:examples";
import { h, one } from "./dom.ts";

const pages = import.meta.glob<string>("../../docs/rules/*.md", { query: "?raw", import: "default" });

const urlOf = (rule: string): string => `${repository}/blob/main/docs/rules/${rule}.md`;

/** A link to a rule's page. */
export function ruleLink(rule: string): HTMLAnchorElement {
  const open = (event: MouseEvent): void => {
    const page = pages[`../../docs/rules/${rule}.md`];
    if (!page || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(rule, page).catch(() => window.open(urlOf(rule), "_blank", "noreferrer"));
  };
  return h("a", { href: urlOf(rule), class: "rule", target: "_blank", rel: "noreferrer", click: open }, rule);
}

async function show(rule: string, page: () => Promise<string>): Promise<void> {
  const [text, { marked }] = await Promise.all([page(), import("marked")]);
  const article = one("#rule-page");
  // The project's own text, not the user's.
  article.innerHTML = await marked.parse(text.replace(/^# .*$/m, "").replace(/<!--.*?-->/gs, ""));
  for (const link of article.querySelectorAll("a")) {
    link.href = new URL(link.getAttribute("href") ?? "", urlOf(rule)).href;
    link.target = "_blank";
    link.rel = "noreferrer";
  }
  for (const code of article.querySelectorAll("pre")) code.tabIndex = 0;
  one("#rule-title").textContent = rule;
  const dialog = one<HTMLDialogElement>("#rule");
  one("#rule-close").onclick = () => dialog.close();
  dialog.showModal();
}
