// What the page asks of its worker, and what it is told.
import type {
  About,
  AddressPlan,
  Candidates,
  Finding,
  Judgement,
  OnPools,
  Operation,
  Row,
} from "../pkg/playground.js";
import type { Problem, Range } from "./document.ts";
import type { Edited } from "./edited.ts";

export type { About, AddressPlan, Candidates, Judgement, OnPools, Operation, Row };

/** A finding with the pieces of the text that it speaks of. */
export interface Marked extends Finding {
  ranges: Range[];
}

export interface Judged extends Omit<Judgement, "findings"> {
  findings: Marked[];
  /** How many findings there are besides. */
  left: number;
  /** Which document of the text it stands in. */
  index: number;
  /** What stands in the text as it is admitted; nothing where it is left as it is, or is too large. */
  admitted?: Edited | undefined;
  /** Where the constraints stand that narrow the candidates, by their pointers. */
  places: Record<string, Range>;
}

/** What is entered. */
export interface Texts {
  manifest: string;
  settings: string;
  /** A snapshot of a cluster; empty where none is shown. */
  cluster: string;
}

export interface Report {
  /** What keeps the settings from being read, or is wrong with them. */
  settings: Problem[];
  /** What keeps the cluster's snapshot from being read. */
  cluster: Problem[];
  /** The documents of the snapshot that hold no Kubernetes object, and so are passed over. */
  foreign: Range[];
  /** What keeps the manifest from being read. */
  manifest: Problem[];
  documents: Judged[];
  /** Whether the manifest has more than is judged and told. */
  cut: boolean;
}

/** The calls by name: what each takes and gives. */
export interface Calls {
  about: { takes: undefined; gives: About };
  judge: { takes: Texts; gives: Report };
  edit: { takes: { text: string; index: number; operations: Operation[] }; gives: Edited };
  capacity: { takes: { settings: string }; gives: Row[] };
  plan: { takes: { settings: string }; gives: AddressPlan | undefined };
}

export type Name = keyof Calls;

export type Question = { [N in Name]: { id: number; name: N; takes: Calls[N]["takes"] } }[Name];

/** What is given, and how many milliseconds it took to work it out. */
export type Answer = { id: number } & ({ gives: unknown; took: number } | { error: string });

/** What an error says. */
export const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));
