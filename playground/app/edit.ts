// Changes to the text of a document. What no change names keeps its text, comments and order.
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  stringify,
  Document as YamlDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Operation } from "../pkg/playground.js";
import { pairOf, parse, segments } from "./document.ts";

/** The text with the changes made in one of its documents. */
export function edited(text: string, index: number, operations: Operation[]): string {
  return operations.reduce((current, operation) => step(current, index, operation), text);
}

function step(text: string, index: number, operation: Operation): string {
  const [document, wanted] = [at(text, index), at(text, index)];
  if (!document || !wanted) return text;
  change(wanted, operation);
  if (text.trimStart().startsWith("{")) return `${JSON.stringify(wanted.toJS(), null, 2)}\n`;
  const spliced = splice(text, document, operation);
  const result = spliced === undefined ? undefined : at(spliced, index);
  const same = result && JSON.stringify(result.toJS()) === JSON.stringify(wanted.toJS());
  if (spliced !== undefined && same) return spliced;
  // What can't be done in place: the document is written anew, with its comments.
  const [from, , to] = document.range;
  return text.slice(0, from) + wanted.toString({ lineWidth: 0 }) + text.slice(to);
}

function at(text: string, index: number): Document.Parsed | undefined {
  const { documents, problems } = parse(text);
  return problems.length > 0 ? undefined : documents[index];
}

function parentOf(document: Document.Parsed, operation: Operation): [unknown, string] {
  const path = segments(operation.path);
  const key = path.pop() ?? "";
  const parent = path.length > 0 ? document.getIn(path, true) : document.contents;
  return [parent, key];
}

/** Makes a change in the tree of a document. */
function change(document: Document.Parsed, operation: Operation): void {
  const [parent, key] = parentOf(document, operation);
  const node = document.createNode(operation.value) as Node;
  if (isSeq(parent) && operation.op === "add") {
    parent.items.splice(key === "-" ? parent.items.length : Number(key), 0, node);
  } else if (isCollection(parent)) {
    const member = isSeq(parent) ? Number(key) : key;
    if (operation.op === "remove") parent.delete(member);
    else parent.set(member, node);
  }
}

/** Makes a change in the text alone; nothing where there is no simple way. */
function splice(text: string, document: Document.Parsed, operation: Operation): string | undefined {
  const [parent, key] = parentOf(document, operation);
  if (!isMap(parent) && !isSeq(parent)) return undefined;
  const old = isMap(parent) ? pairOf(parent, key)?.value : (parent.items[Number(key)] as Node);
  const inPlace = operation.op === "replace" || (operation.op === "add" && isMap(parent) && old);
  if (inPlace && isScalar(old) && old.range) {
    return replaced(text, old.range[0], old.range[1], scalar(operation.value, old.type));
  }
  if (inPlace) return undefined;
  if (parent.flow) return flow(text, document, operation, parent);
  const items = parent.items.map((item) => span(text, item as Pair<Node, Node | null> | Node));
  const first = items[0];
  if (!first) return undefined;
  if (operation.op === "remove") {
    const position = isSeq(parent)
      ? Number(key)
      : parent.items.findIndex((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
    const gone = items[position];
    if (!gone) return undefined;
    if (items.length === 1) return emptied(text, parent);
    if (gone.start === lineStart(text, gone.start)) return replaced(text, gone.start, gone.end, "");
    // The first member of a list's item stands behind its dash.
    const next = items[position + 1];
    return next && replaced(text, gone.from, next.from, "");
  }
  const column = first.column;
  const added = isMap(parent) ? { [key]: operation.value } : [operation.value];
  const lines = stringify(added, { lineWidth: 0 }).trimEnd().split("\n");
  const block = lines.map((line) => `${" ".repeat(column)}${line}\n`).join("");
  const before = isSeq(parent) && key !== "-" ? items[Number(key)] : undefined;
  const place = before ? before.start : (items.at(-1)?.end ?? text.length);
  const newline = place > 0 && text[place - 1] !== "\n" ? "\n" : "";
  return replaced(text, place, place, newline + block);
}

const replaced = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** A scalar as it was quoted before. */
function scalar(value: unknown, type: string | null | undefined): string {
  if (typeof value === "string" && type === "QUOTE_DOUBLE") return JSON.stringify(value);
  if (typeof value === "string" && type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
  return typeof value === "object" ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
}

/** A collection between brackets, written anew in its own style. */
function flow(
  text: string,
  document: Document.Parsed,
  operation: Operation,
  parent: YAMLMap | YAMLSeq,
): string | undefined {
  const [from, to] = parent.range ?? [];
  if (from === undefined || to === undefined) return undefined;
  change(document, operation);
  const flowCollectionPadding = /\s/.test(text[from + 1] ?? "");
  const written = new YamlDocument(parent).toString({ lineWidth: 0, flowCollectionPadding });
  return replaced(text, from, to, written.trimEnd());
}

/** A collection without members, on the line of its key. */
function emptied(text: string, parent: YAMLMap | YAMLSeq): string | undefined {
  const only = span(text, parent.items[0] as Pair<Node, Node | null> | Node);
  const before = text.slice(0, only.start).trimEnd();
  if (!before.endsWith(":") || only.start !== lineStart(text, only.start)) return undefined;
  return `${before} ${isMap(parent) ? "{}" : "[]"}\n${text.slice(only.end)}`;
}

interface Span {
  /** Where the member itself begins. */
  from: number;
  /** Where its lines begin, or it, where something else stands before it. */
  start: number;
  /** Behind its last line. */
  end: number;
  /** Where it stands in its line; of a list's item, where its dash stands. */
  column: number;
}

/** The lines of a member of a block. */
function span(text: string, item: Pair<Node, Node | null> | Node): Span {
  const node = isPair(item) ? (item.key as Node) : item;
  const from = node.range?.[0] ?? 0;
  const begin = lineStart(text, from);
  const lead = text.slice(begin, from);
  const dash = isPair(item) ? -1 : lead.lastIndexOf("-");
  const column = dash < 0 ? from - begin : dash;
  const start = lead.slice(0, column).trim() === "" ? begin : from;
  const last = lastOf(isPair(item) ? ((item.value as Node | null) ?? node) : item);
  const newline = text[last - 1] === "\n" ? last - 1 : text.indexOf("\n", last);
  return { from, start, end: newline < 0 ? text.length : newline + 1, column };
}

/** Where the last scalar of a node ends. */
function lastOf(node: Node): number {
  const end = node.range?.[1] ?? 0;
  if (!isCollection(node) || node.flow) return end;
  const last = node.items.at(-1) as Pair<Node, Node | null> | Node | undefined;
  if (last === undefined) return end;
  return lastOf(isPair(last) ? ((last.value as Node | null) ?? (last.key as Node)) : last);
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
