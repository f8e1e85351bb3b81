/** A table that leaves out its least important columns where there is no room for all. */
import { type Line, printable, type Span } from "./text.ts";

export interface TableColumn<Row> {
  readonly title: string;
  /** Those with the least are left out first. */
  readonly priority: number;
  readonly isRight?: boolean;
  cell(row: Row): Span;
}

const GAP = 2;

/** A heading, and a line for each row. Where not even the two that matter most fit, the wider of them is cut. */
export function fitTable<Row>(
  table: readonly TableColumn<Row>[],
  rows: readonly Row[],
  columns: number,
): readonly Line[] {
  let fields = table.map((column) => {
    const cells = rows.map((row) => {
      const { text, style } = column.cell(row);
      return { text: printable(text), style };
    });
    const width = Math.max(column.title.length, ...cells.map(({ text }) => Array.from(text).length));
    return { ...column, cells, width };
  });
  const tooWide = () => fields.reduce((sum, { width }) => sum + width + GAP, -GAP) > columns;
  while (fields.length > 2 && tooWide()) {
    const least = Math.min(...fields.map(({ priority }) => priority));
    const gone = fields.findLastIndex(({ priority }) => priority === least);
    fields = fields.filter((_, i) => i !== gone);
  }
  if (fields.length > 1 && tooWide()) {
    const widest = Math.max(...fields.map(({ width }) => width));
    const others = fields.reduce((sum, { width }) => sum + width + GAP, 0) - widest - GAP;
    const room = Math.max(1, columns - others);
    fields = fields.map((field) => field.width < widest ? field : { ...field, ...cutTo(field, room) });
  }
  const heading = fields.map(({ title, width, isRight }) =>
    pad({ text: title, style: "dim" }, width, isRight)
  );
  const lines = rows.map((_, i) => fields.map(({ cells, width, isRight }) => pad(cells[i]!, width, isRight)));
  return [heading, ...lines].map((line) => line.flatMap((span, i) => i === 0 ? [span] : [GAP_SPAN, span]));
}

/** Its cells in at most `width` characters, with a sign where there is more. */
function cutTo({ cells }: { readonly cells: readonly Span[] }, width: number) {
  return {
    width,
    cells: cells.map(({ text, style }): Span => {
      const letters = Array.from(text);
      return { text: letters.length <= width ? text : `${letters.slice(0, width - 1).join("")}…`, style };
    }),
  };
}

const GAP_SPAN: Span = { text: " ".repeat(GAP), style: "plain" };

function pad({ text, style }: Span, width: number, isRight = false): Span {
  const space = " ".repeat(Math.max(0, width - Array.from(text).length));
  return { text: isRight ? space + text : text + space, style };
}
