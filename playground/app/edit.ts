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
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Operation } from "../pkg/playground.js";
import { pairOf, parse, type Range, segments } from "./document.ts";

/** What stands in a text instead of a piece of it. */
export interface Edited extends Range {
  text: string;
}

/** The changes made in one of the documents of a text; the others are not read again. */
export function edited(text: string, documents: Document.Parsed[], index: number, operations: Operation[]): Edited {
  const document = documents[index];
  if (!document) return { from: 0, to: 0, text: "" };
  if (documents.length === 1) return { from: 0, to: text.length, text: changed(text, document, operations) };
  const [from, , to] = document.range;
  const own = text.slice(from, to);
  return { from, to, text: changed(own, read(own), operations) };
}

function changed(text: string, document: Document.Parsed | undefined, operations: Operation[]): string {
  if (!document?.contents) return text;
  const wanted = operations.reduce(patched, document.toJS());
  const holds = (result: string): boolean => JSON.stringify(read(result)?.toJS()) === JSON.stringify(wanted);
  const value = document.contents.range;
  const valued = (written: string): string => replaced(text, value[0], value[1], written);
  const indent = indentOfJson(text.slice(value[0], value[1]));
  const anew = (tree: Document.Parsed): string => {
    for (const operation of operations) change(tree, operation);
    return replaced(text, document.range[0], document.range[2], yaml(tree));
  };
  // Where it can't be done in place, the document is written anew, with its comments.
  const written = indent === undefined ? yaml : json;
  const inPlace = () => operations.reduce((done, one) => step(done, done === text ? document : read(done), one, written), text);
  const ways = [inPlace, () => anew(read(text) ?? document), () => anew(unaliased(read(text) ?? document))];
  if (indent !== undefined) ways.splice(1, 2, () => valued(JSON.stringify(wanted, null, indent)));
  for (const way of ways) {
    try {
      const result = way();
      if (holds(result)) return result;
    } catch {
      // There is no such way, or an alias has lost its anchor.
    }
  }
  return valued(yaml(wanted));
}

type Written = (value: unknown, options?: object) => string;

/** A value as YAML that older readers, Kubernetes' own among them, read alike: `yes` is a word to some. */
const yaml: Written = (value, options) => stringify(value, { lineWidth: 0, compat: "yaml-1.1", ...options });

/** A value as JSON on one line. */
const json: Written = (value) =>
  JSON.stringify(value, null, 1)
    .replaceAll(/(?<=[[{])\n\s*|\n\s*(?=[\]}])/g, "")
    .replaceAll(/\n\s*/g, " ");

/** How a text is indented, if it is JSON. */
function indentOfJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return /^\s*[[{]\s*?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
}

function read(text: string): Document.Parsed | undefined {
  const { documents, problems } = parse(text);
  return problems.length > 0 ? undefined : documents[0];
}

/** A document whose aliases are copies of what they stand for. */
function unaliased(document: Document.Parsed): Document.Parsed {
  visit(document, { Alias: (_, alias) => alias.resolve(document)?.clone() as Node | undefined });
  visit(document, { Value: (_, node) => void delete node.anchor });
  return document;
}

/** A change to a value that shares nothing, as the aliases of a text do. */
function patched(before: unknown, { op, path, value }: Operation): unknown {
  const after: unknown = JSON.parse(JSON.stringify(before));
  const keys = segments(path);
  const last = keys.pop() ?? "";
  const parent = keys.reduce((node, key) => (node as Record<string, unknown>)[key], after);
  if (Array.isArray(parent)) {
    const position = last === "-" ? parent.length : Number(last);
    parent.splice(position, op === "add" ? 0 : 1, ...(op === "remove" ? [] : [value]));
  } else if (op === "remove") delete (parent as Record<string, unknown>)[last];
  else (parent as Record<string, unknown>)[last] = value;
  return after;
}

/** Makes a change in the text alone, unless it holds there already, by an alias. */
function step(text: string, document: Document.Parsed | undefined, operation: Operation, written: Written): string {
  const before = document?.toJS();
  if (!document || JSON.stringify(before) === JSON.stringify(patched(before, operation))) return text;
  const result = splice(text, document, operation, written);
  if (result === undefined) throw new Error(`no simple way to ${operation.path}`);
  return result;
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
    // A scalar that takes another value keeps its comment.
    else parent.set(member, isScalar(node) ? node.value : node);
  }
}

/** Makes a change in the text alone; nothing where there is no simple way. */
function splice(text: string, document: Document.Parsed, operation: Operation, written: Written): string | undefined {
  const [parent, key] = parentOf(document, operation);
  if (!isMap(parent) && !isSeq(parent)) return undefined;
  const old = isMap(parent) ? pairOf(parent, key)?.value : (parent.items[Number(key)] as Node);
  const inPlace = old && (operation.op === "replace" || (operation.op === "add" && isMap(parent)));
  if (inPlace && isScalar(old) && old.range) {
    return replaced(text, old.range[0], old.range[1], scalar(operation.value, old.type, written));
  }
  if (inPlace) return undefined;
  const own = isMap(parent) ? parent.items.indexOf(pairOf(parent, key) as Pair) : Number(key);
  const position = own < 0 || key === "-" ? parent.items.length : own;
  if (parent.flow) return flow(text, operation, parent, position, written);
  const items = parent.items.map((item) => span(text, item as Member));
  const first = items[0];
  if (!first) return undefined;
  if (operation.op === "remove") {
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
  const lines = written(added).trimEnd().split("\n");
  const block = lines.map((line) => `${" ".repeat(column)}${line}\n`).join("");
  const before = items[position];
  const place = before ? before.start : (items.at(-1)?.end ?? text.length);
  const newline = place > 0 && text[place - 1] !== "\n" ? "\n" : "";
  return replaced(text, place, place, newline + block);
}

const replaced = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** A scalar as it was quoted before. */
function scalar(value: unknown, type: string | null | undefined, written: Written): string {
  if (typeof value === "string" && type === "QUOTE_DOUBLE") return JSON.stringify(value);
  if (typeof value === "string" && type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
  return typeof value === "object" ? JSON.stringify(value) : written(value).trimEnd();
}

/** Makes a change between brackets. */
function flow(
  text: string,
  operation: Operation,
  parent: YAMLMap | YAMLSeq,
  position: number,
  written: Written,
): string | undefined {
  const [from, to] = parent.range ?? [];
  if (from === undefined || to === undefined) return undefined;
  const end = (index: number): number => lastOf(valueOf(parent.items[index] as Member));
  const [pad, padded] = /\s/.test(text[from + 1] ?? "") ? [" ", ""] : ["", " "];
  if (operation.op === "remove") {
    const begin = (index: number): number => keyOf(parent.items[index] as Member).range?.[0] ?? to;
    if (position > 0) return replaced(text, end(position - 1), end(position), "");
    if (parent.items.length > 1) return replaced(text, begin(0), begin(1), "");
    return replaced(text, from + 1, to - 1, "");
  }
  const key = segments(operation.path).at(-1) ?? "";
  const added = isMap(parent) ? { [key]: operation.value } : [operation.value];
  const inner = written(added, { collectionStyle: "flow", flowCollectionPadding: pad !== "" }).trim().slice(1, -1).trim();
  if (parent.items.length === 0) return replaced(text, from + 1, to - 1, inner);
  if (position > 0) return replaced(text, end(position - 1), end(position - 1), `, ${inner}`);
  return replaced(text, from + 1, from + 1, `${pad}${inner},${padded}`);
}

/** A collection without members, on the line of its key. */
function emptied(text: string, parent: YAMLMap | YAMLSeq): string | undefined {
  const only = span(text, parent.items[0] as Member);
  const before = text.slice(0, only.start).trimEnd();
  if (!before.endsWith(":") || only.start !== lineStart(text, only.start)) return undefined;
  return `${before} ${isMap(parent) ? "{}" : "[]"}\n${text.slice(only.end)}`;
}

/** A member of a map or of a list. */
type Member = Pair<Node, Node | null> | Node;

const keyOf = (member: Member): Node => (isPair(member) ? member.key : member);
const valueOf = (member: Member): Node => (isPair(member) ? (member.value ?? member.key) : member);

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
function span(text: string, item: Member): Span {
  const node = keyOf(item);
  const from = node.range?.[0] ?? 0;
  const begin = lineStart(text, from);
  const lead = text.slice(begin, from);
  const dash = isPair(item) ? -1 : lead.lastIndexOf("-");
  const column = dash < 0 ? from - begin : dash;
  const start = lead.slice(0, column).trim() === "" ? begin : from;
  const last = lastOf(valueOf(item));
  const newline = text[last - 1] === "\n" ? last - 1 : text.indexOf("\n", last);
  return { from, start, end: newline < 0 ? text.length : newline + 1, column };
}

/** Where the last scalar of a node ends. */
function lastOf(node: Node): number {
  const end = node.range?.[1] ?? 0;
  if (!isCollection(node) || node.flow) return end;
  const last = node.items.at(-1) as Member | undefined;
  return last === undefined ? end : lastOf(valueOf(last));
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
