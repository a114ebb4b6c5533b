// The editors: YAML with what is said of it marked in place. Each lives in a shadow root, so that
// its styles need no exception from the page's Content-Security-Policy.
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h } from "./dom.ts";
import { complete, describe } from "./schema.ts";

/** What an editor takes; Kubernetes stores no object that is larger. */
export const MOST_CHARACTERS = 1_500_000;

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
});

const looks: Extension = [yaml(), syntaxHighlighting(colors), theme, lineNumbers()];

/** An editor in an element of the page. */
function mounted(host: HTMLElement, doc: string, extensions: Extension): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  return new EditorView({ doc, extensions: [looks, extensions], parent: root, root });
}

export interface Heard {
  changed: () => void;
  /** A text that is too large was given, and was not taken. */
  refused: (characters: number) => void;
}

export class Editor {
  readonly view: EditorView;

  constructor(host: HTMLElement, label: string, heard: Heard, schema: boolean) {
    const hint = hoverTooltip(({ state }, position) => {
      const said = describe(state.doc, state.doc.lineAt(position).number);
      if (!said || position < said.from || position > said.to) return null;
      const create = () => ({ dom: h("div", { class: "cm-hint" }, said.text) });
      return { pos: said.from, end: said.to, create };
    });
    this.view = mounted(host, "", [
      history(),
      drawSelection(),
      closeBrackets(),
      highlightActiveLine(),
      indentUnit.of("  "),
      lintGutter(),
      schema ? [autocompletion({ override: [complete] }), hint] : [],
      EditorView.contentAttributes.of({ "aria-label": label }),
      // Tab leaves the editor, as it leaves any other field, once Escape was pressed.
      keymap.of([...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorState.transactionFilter.of((transaction) => {
        if (!transaction.docChanged || transaction.newDoc.length <= MOST_CHARACTERS) return transaction;
        heard.refused(transaction.newDoc.length);
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

  lineOf(offset: number): number {
    return this.view.state.doc.lineAt(Math.min(offset, this.view.state.doc.length)).number;
  }

  mark(diagnostics: Diagnostic[]): void {
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

/** Shows what has become of a text. */
export function showDifference(host: HTMLElement, label: string, before: string, after: string): void {
  mounted(host, after, [
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ "aria-label": label }),
    unifiedMergeView({
      original: before,
      mergeControls: false,
      gutter: true,
      collapseUnchanged: { margin: 3, minSize: 4 },
      syntaxHighlightDeletions: true,
    }),
  ]);
}
