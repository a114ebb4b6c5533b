// The editors: YAML with what is said of it marked in place. Each lives in a shadow root, so that
// its styles need no exception from the page's Content-Security-Policy.
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, type Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h } from "./dom.ts";
import type { Edited } from "./edited.ts";
import { complete, describe } from "./schema.ts";

/** How many characters of manifests an editor takes; Kubernetes stores no object that is larger. */
const MOST_CHARACTERS = 1_500_000;
/** How deep it may be nested: the highlighter follows each level with a call. */
const MOST_NESTED = 200;

/** Why a text is not taken; nothing where it is. */
function refusal({ docChanged, newDoc, changes }: Transaction, most: Most): string | undefined {
  if (!docChanged) return undefined;
  if (newDoc.length > most.characters) {
    const size = (newDoc.length / 1e6).toFixed(1);
    return `it has ${size} million characters. The playground accepts up to ${most.characters / 1e6} million${most.why}`;
  }
  let nested = 0;
  changes.iterChanges((_from, _to, _start, _end, inserted) => {
    nested = Math.max(nested, nesting(inserted.toString()));
  });
  return nested > MOST_NESTED ? `it is nested ${nested} levels deep` : undefined;
}

/** How deep a text is nested on its lines, by brackets or by dashes in a row. */
function nesting(text: string): number {
  let [open, most] = [0, 0];
  for (const [sign] of text.matchAll(/[[{]|[\]}]|(?:- ){9,}/g)) {
    if ("]}".includes(sign)) open = Math.max(0, open - 1);
    else if (sign.length > 1) most = Math.max(most, sign.length / 2);
    else most = Math.max(most, ++open);
  }
  return most;
}

const colors = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--atom)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "0.5rem 0" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--border)",
    borderRadius: "6px",
    maxWidth: "min(36rem, 90vw)",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
  },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-hint": { padding: "0.4rem 0.6rem" },
  ".cm-changedLine": { backgroundColor: "var(--added) !important" },
  ".cm-changedText, .cm-deletedChunk .cm-deletedText": { background: "none !important" },
  ".cm-deletedChunk": { backgroundColor: "var(--removed) !important" },
  ".cm-collapsedLines": { color: "var(--muted)", background: "var(--line)" },
  // Few fonts have the sign that stands here otherwise.
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { content: '"⋯" !important' },
});

const looks: Extension = [yaml(), syntaxHighlighting(colors), theme];

/** An editor in an element of the page. */
function mounted(host: HTMLElement, doc: string, extensions: Extension): EditorView {
  const root = host.attachShadow({ mode: "open" });
  return new EditorView({ doc, extensions: [looks, extensions], parent: root, root });
}

/** How much an editor takes, and what to know of that. */
interface Most {
  characters: number;
  why: string;
}

const OF_MANIFESTS: Most = { characters: MOST_CHARACTERS, why: ", because Kubernetes stores no larger objects" };

export interface Ways {
  /** Whether keys are completed and explained by the settings' schema. */
  schema?: boolean;
  most?: Most;
}

export interface Heard {
  changed: () => void;
  /** A text was given, and not taken. */
  refused: (why: string) => void;
}

export class Editor {
  readonly view: EditorView;
  #marked = false;

  constructor(host: HTMLElement, label: string, heard: Heard, { schema = false, most = OF_MANIFESTS }: Ways = {}) {
    const hint = hoverTooltip(({ state }, position) => {
      const said = describe(state.doc, state.doc.lineAt(position).number);
      if (!said || position < said.from || position > said.to) return null;
      const create = () => ({ dom: h("div", { class: "cm-hint" }, said.text) });
      return { pos: said.from, end: said.to, create };
    });
    this.view = mounted(host, "", [
      lineNumbers(),
      history(),
      drawSelection(),
      closeBrackets(),
      highlightActiveLine(),
      indentUnit.of("  "),
      lintGutter(),
      schema ? [autocompletion({ override: [complete] }), hint] : [],
      EditorView.contentAttributes.of({ "aria-label": label, "aria-description": "Press Escape, then Tab, to leave the editor", tabindex: "0" }),
      // Tab leaves the editor, as it leaves any other field, once Escape was pressed.
      keymap.of([...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorState.transactionFilter.of((transaction) => {
        const why = refusal(transaction, most);
        if (why === undefined) return transaction;
        heard.refused(why);
        return [];
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) heard.changed();
      }),
    ]);
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    const { length } = this.view.state.doc;
    this.view.dispatch({ changes: { from: 0, to: length, insert: text } });
  }

  /** Puts another text in the place of a piece, of which the same beginning and end are left alone. */
  replace({ from, to, text }: Edited): void {
    const old = this.view.state.sliceDoc(from, to);
    const least = Math.min(old.length, text.length);
    let [start, end] = [0, 0];
    while (start < least && old[start] === text[start]) start++;
    while (end < least - start && old.at(-1 - end) === text.at(-1 - end)) end++;
    const changes = { from: from + start, to: to - end, insert: text.slice(start, text.length - end) };
    this.view.dispatch({ changes, effects: EditorView.scrollIntoView(from + start, { y: "center" }) });
  }

  lineOf(offset: number): number {
    return this.view.state.doc.lineAt(Math.min(offset, this.view.state.doc.length)).number;
  }

  mark(diagnostics: Diagnostic[]): void {
    if (diagnostics.length === 0 && !this.#marked) return;
    this.#marked = diagnostics.length > 0;
    const most = this.view.state.doc.length;
    const inside = diagnostics.map((one) => ({ ...one, from: Math.min(one.from, most), to: Math.min(one.to, most) }));
    this.view.dispatch(setDiagnostics(this.view.state, inside));
  }

  go(offset: number): void {
    const anchor = Math.min(offset, this.view.state.doc.length);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }
}

const differences: EditorView[] = [];

/** An editor hears of the window until it is closed. */
export function closeDifferences(): void {
  for (const view of differences.splice(0)) view.destroy();
}

/** Shows what has become of a text, of which `above` lines stand before it. */
export function showDifference(host: HTMLElement, label: string, before: string, after: string, above: number): void {
  const view = mounted(host, after, [
    lineNumbers({ formatNumber: (line) => String(line + above) }),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    unifiedMergeView({
      original: before,
      mergeControls: false,
      gutter: true,
      collapseUnchanged: { margin: 3, minSize: 4 },
      syntaxHighlightDeletions: true,
    }),
  ]);
  differences.push(view);
}
