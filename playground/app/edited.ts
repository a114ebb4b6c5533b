// Changes to the text of a document, by the code that `admit --fix` uses.
import * as policy from "../pkg/playground.js";
import type { Operation } from "../pkg/playground.js";
import type { Range } from "./document.ts";

/** What stands in a text instead of a piece of it. */
export interface Edited extends Range {
  text: string;
}

/** A document of a text, which stands there from `from` to `to`, with the changes. */
export function document(text: string, { from, to }: Range, index: number, operations: Operation[]): Edited {
  const after = policy.edit(text, index, JSON.stringify(operations));
  return { from, to, text: after.slice(from, after.length - (text.length - to)) };
}

/** The changes made in one of the documents of a text: the piece that differs. */
export function edited(text: string, index: number, operations: Operation[]): Edited {
  const after = policy.edit(text, index, JSON.stringify(operations));
  let from = 0;
  while (from < text.length && text[from] === after[from]) from++;
  let same = 0;
  const most = Math.min(text.length, after.length) - from;
  while (same < most && text.at(-1 - same) === after.at(-1 - same)) same++;
  return { from, to: text.length - same, text: after.slice(from, after.length - same) };
}
