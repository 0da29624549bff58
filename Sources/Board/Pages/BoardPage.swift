import AssuranceCases
import Foundation
import Storage

/// The frame of a page: style, script, and what a browser may do with them.
struct BoardPage {
    private let title: String
    private var body = ""

    /// - Parameter title: of the window, as text.
    init(title: String) { self.title = title }

    /// Adds markup, in which all text of others is escaped.
    mutating func add(_ markup: String) { body += markup }

    /// The page.
    var text: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>\(Markup.xml(title))</title>
        <style>\(BoardStyle.text)</style></head><body>
        <p id="word" role="status" hidden></p>
        \(body)<script>\(BoardScript.text)</script>
        </body></html>

        """
    }

    /// A page of one sentence.
    static func note(_ sentence: String) -> String {
        var page = BoardPage(title: "saferl board")
        page.add(
            "<main><h1>saferl board</h1>\n<p>\(Markup.xml(sentence))</p>\n<p><a href=\"/\">All runs</a></p></main>\n"
        )
        return page.text
    }

    /// Header lines of every answer: nothing but this style and this script, no other host, no frame around it.
    static let fields = [
        "Content-Security-Policy: default-src 'none'; style-src '\(digest(BoardStyle.text))'; "
            + "script-src '\(digest(BoardScript.text))'; connect-src 'self'; img-src data:; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
        "Cross-Origin-Opener-Policy: same-origin",
    ]

    /// SHA-256 of a text as policies name it.
    private static func digest(_ text: String) -> String {
        let digits = Array(SHA256.hexadecimal(of: text.utf8))
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
        return "sha256-" + Foundation.Data(bytes).base64EncodedString()
    }
}

/// Words of several pages.
package enum BoardWords {
    /// A state as a badge.
    static func badge(_ state: String) -> String {
        let known = ["training", "interrupted", "finished", "certified", "refused", "unreadable"]
        let kind = known.contains(state) ? " \(state)" : ""
        return "<span class=\"badge\(kind)\">\(Markup.xml(state))</span>"
    }

    /// A number with four digits that count; a dash for none.
    package static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return String(format: "%.4g", value)
    }

    /// Updates taken as a bar and as text.
    static func progress(_ facts: BoardRun.Facts) -> String {
        guard let step = facts.step else { return "–" }
        guard let steps = facts.steps, steps > 0 else { return "\(step)" }
        return
            "<progress max=\"\(steps)\" value=\"\(min(max(step, 0), steps))\" aria-hidden=\"true\"></progress> "
            + "<span>\(step)/\(steps)</span>"
    }

    /// How long ago, in the largest unit of which there is one.
    package static func age(_ seconds: Double) -> String {
        let units = [(86_400.0, "d"), (3600, "h"), (60, "min")]
        let unit = units.first { seconds >= $0.0 } ?? (1, "s")
        return "\(Int(max(0, seconds) / unit.0)) \(unit.1)"
    }
}
