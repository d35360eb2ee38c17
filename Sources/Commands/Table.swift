/// Rows of text in aligned columns.
package struct Table {
  /// The alignment of a column.
  package enum Alignment: Sendable { case left, right }

  private let headings: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table with a heading and an alignment for each column.
  package init(_ columns: [(heading: String, alignment: Alignment)]) {
    headings = columns.map(\.heading)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row with one text per column; line ends and other control characters become spaces.
  package mutating func add(_ row: [String]) {
    precondition(row.count == headings.count)
    rows.append(
      row.map { text in
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
      })
  }

  /// The table; `style` may wrap the padded text of a cell, given its row and column, in colours.
  package func text(style: (_ padded: String, _ row: Int, _ column: Int) -> String = { text, _, _ in text }) -> String {
    let widths = headings.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    var lines = [line(headings, widths) { text, _ in text }]
    for (index, row) in rows.enumerated() { lines.append(line(row, widths) { style($0, index, $1) }) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int], style: (String, Int) -> String) -> String {
    var result = ""
    for (column, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      let isLast = column == cells.count - 1
      let padded = alignments[column] == .right ? padding + cell : isLast ? cell : cell + padding
      result += style(padded, column) + (isLast ? "" : "  ")
    }
    return result
  }
}
