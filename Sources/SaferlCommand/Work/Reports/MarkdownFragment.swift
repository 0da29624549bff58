import AssuranceCases

/// The Markdown that saferl writes (headings, lists, tables, words in bold and code), as HTML; all else is text.
struct MarkdownFragment {
    private let lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The fragment, in which all text is escaped; pictures are left out, since a page embeds them by itself.
    var html: String {
        var (html, index) = ("", 0)
        while index < lines.count {
            let line = lines[index]
            if line.hasPrefix("|") {
                let end = run(from: index, of: "|")
                html += Self.table(Array(lines[index..<end]))
                index = end
                continue
            }
            if line.hasPrefix("- ") {
                let end = run(from: index, of: "- ")
                html += "<ul>\n"
                html += lines[index..<end].map { "<li>\(Self.words($0.dropFirst(2)))</li>\n" }.joined()
                html += "</ul>\n"
                index = end
                continue
            }
            let marks = line.prefix { $0 == "#" }.count
            if marks > 0, line.dropFirst(marks).first == " " {
                html += "<h3>\(Self.words(line.dropFirst(marks + 1)))</h3>\n"
            } else if !line.allSatisfy(\.isWhitespace), !line.hasPrefix("![") {
                html += "<p>\(Self.words(line[...]))</p>\n"
            }
            index += 1
        }
        return html
    }

    /// The end of the lines that begin alike.
    private func run(from start: Int, of prefix: String) -> Int {
        lines[start...].firstIndex { !$0.hasPrefix(prefix) } ?? lines.count
    }

    private static func table(_ lines: [String]) -> String {
        let rows = lines.map(cells)
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(words($0[...]))</\(tag)>" }.joined() + "</tr>\n"
        }
        let isRule = { (cells: [String]) in
            cells.allSatisfy { !$0.isEmpty && $0.allSatisfy { "-:".contains($0) } }
        }
        let hasHead = rows.count > 1 && isRule(rows[1]) && rows[0].contains { !$0.isEmpty }
        let top = hasHead ? row(rows[0], "th") : ""
        let rest = rows.enumerated().filter {
            !isRule($1) && !(hasHead && $0 == 0) && !$1.allSatisfy(\.isEmpty)
        }
        return
            "<div class=\"wide\"><table>\n\(top)\(rest.map { row($0.element, "td") }.joined())</table></div>\n"
    }

    /// The cells of a line, without blanks around them.
    private static func cells(_ line: String) -> [String] {
        var (cells, cell, isEscaped) = ([String](), "", false)
        for character in line.dropFirst() {
            switch character {
            case "|" where !isEscaped:
                cells.append(cell)
                cell = ""
            case "|":
                cell.removeLast()
                cell.append(character)
            default: cell.append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        if !cell.allSatisfy(\.isWhitespace) { cells.append(cell) }
        return cells.map {
            String($0.trimmingPrefix { $0 == " " }.reversed().trimmingPrefix { $0 == " " }.reversed())
        }
    }

    /// Words with those in bold and in code marked.
    private static func words(_ text: Substring) -> String {
        marked(text, by: "**", as: "b") { marked($0[...], by: "`", as: "code") { Markup.xml($0) } }
    }

    /// Pieces between pairs of a mark in an element; a mark without its partner is text.
    private static func marked(
        _ text: Substring, by mark: String, as tag: String, _ inner: (String) -> String
    ) -> String {
        let pieces = String(text).split(separator: mark, omittingEmptySubsequences: false).map(String.init)
        guard pieces.count > 2, pieces.count % 2 == 1 else { return inner(String(text)) }
        return pieces.enumerated().map { $0 % 2 == 1 ? "<\(tag)>\(inner($1))</\(tag)>" : inner($1) }.joined()
    }
}
