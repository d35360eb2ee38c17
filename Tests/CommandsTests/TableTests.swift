import Commands
import Testing

@Suite("Table and terminal")
struct TableTests {
  @Test("Columns are aligned, and no line ends in spaces")
  func aligns() {
    var table = Table([("NAME", .left), ("N", .right), ("REST", .left)])
    table.add(["a", "1", "x"])
    table.add(["long", "100", "y\nz"])
    #expect(table.text() == "NAME    N  REST\na       1  x\nlong  100  y z\n")
  }

  @Test("Colours do not move columns, and are left out where none are wanted")
  func colours() {
    var table = Table([("A", .left), ("B", .left)])
    table.add(["ok", "x"])
    let coloured = Recorder().terminal(isColoured: true)
    #expect(
      table.text { text, _, column in column == 0 ? coloured.coloured(text, .good) : text }.contains(
        "\u{1B}[32mok\u{1B}[0m  x"))
    #expect(Recorder().terminal().coloured("ok", .good) == "ok")
  }
}
