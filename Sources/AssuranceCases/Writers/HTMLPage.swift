import Foundation
import Storage

/// A page that opens offline and asks nobody for anything: light and dark, printable, readable without its script.
package struct HTMLPage {
    /// Folds are opened for printing; a table of the class `sortable` is sorted by the head that is clicked.
    private static let script = """
        addEventListener('beforeprint',()=>{for(const d of document.querySelectorAll('details'))d.open=true});\
        for(const t of document.querySelectorAll('table.sortable'))[...t.rows[0].cells].forEach((h,i)=>{h.onclick=()=>{\
        const up=h.dataset.up!=='1';for(const o of t.rows[0].cells)delete o.dataset.up;h.dataset.up=up?'1':'0';\
        const key=r=>r.cells[i].dataset.key??r.cells[i].textContent;\
        const rows=[...t.rows].slice(1).sort((a,b)=>{const x=key(a),y=key(b),n=x-y;\
        return(isNaN(n)||x===''||y===''?x.localeCompare(y):n)*(up?1:-1)});for(const r of rows)r.parentNode.append(r)}});
        """

    private let title: String
    private let hasScript: Bool
    private var body = ""

    /// Starts a page.
    ///
    /// - Parameters:
    ///   - title: of the window, as text.
    ///   - hasScript: whether folds open for printing and tables can be sorted.
    package init(title: String, hasScript: Bool = false) { (self.title, self.hasScript) = (title, hasScript) }

    /// Adds markup, in which all text of others is escaped.
    package mutating func add(_ markup: String) { body += markup }

    /// Adds a table under a heading; nothing for no rows.
    ///
    /// - Parameters:
    ///   - heading: as text.
    ///   - head: of the columns, as text.
    ///   - rows: cells as text.
    package mutating func add(_ heading: String, head: [String] = [], rows: [[String]]) {
        guard !rows.isEmpty else { return }
        add("<h2>\(Markup.xml(heading))</h2>\n\(Self.table(head: head, rows: rows))")
    }

    /// A table.
    ///
    /// - Parameters:
    ///   - head: of the columns, as text.
    ///   - rows: cells as text.
    ///   - isSortable: whether a click on a head sorts it.
    /// - Returns: its markup.
    package static func table(head: [String] = [], rows: [[String]], isSortable: Bool = false) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>"
                + cells.map {
                    "<\(tag)\(hasLongWord($0) ? " class=\"long\"" : "")>\(Markup.xml($0))</\(tag)>"
                }.joined()
                + "</tr>\n"
        }
        let top = head.isEmpty ? "" : row(head, "th")
        let kind = isSortable ? " class=\"sortable\"" : ""
        return
            "<div class=\"wide\"><table\(kind)>\n\(top)\(rows.map { row($0, "td") }.joined())</table></div>\n"
    }

    /// Whether a cell has a word such as a hash, which is broken rather than shown whole.
    private static func hasLongWord(_ cell: String) -> Bool {
        cell.split(separator: " ").contains { $0.count > 30 }
    }

    /// The page as the text of a file.
    package var text: String {
        var policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        if hasScript { policy += "; script-src 'sha256-\(Self.digest)'" }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(Markup.xml(title))</title>
            <style>\(Self.style)</style></head><body>
            \(body)\(hasScript ? "<script>\(Self.script)</script>\n" : "")</body></html>

            """
    }

    /// SHA-256 of the script in base 64, by which alone browsers run it.
    private static let digest: String = {
        let text = Array(SHA256.hexadecimal(of: script.utf8))
        let bytes = stride(from: 0, to: text.count, by: 2).compactMap {
            UInt8(String(text[$0..<$0 + 2]), radix: 16)
        }
        return Foundation.Data(bytes).base64EncodedString()
    }()

    private static let style = """
        :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;\
        background:#fff;color:#1c2126}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em}h3{font-size:1em}\
        .claim{font-size:1.1em}.wide{overflow-x:auto}table{border-collapse:collapse}td,th{border:1px solid #c4cad1;\
        padding:.3em .6em;text-align:left;vertical-align:top}td.long,td:last-child{overflow-wrap:anywhere;min-width:12em}.wide>.case{max-width:100%;height:auto;min-width:60em}td:first-child{white-space:nowrap}\
        p,li,summary{overflow-wrap:anywhere}\
        .sortable th{cursor:pointer}th[data-up="1"]::after{content:" ▲"}th[data-up="0"]::after{content:" ▼"}\
        dl{margin:.3em 0 .6em 1.5em}dt{font-weight:bold}dd{margin:0 0 .3em;font-family:ui-monospace,monospace;font-size:.9em;\
        overflow-wrap:anywhere}summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f4f6;\
        padding:.6em}img,.figure>svg{max-width:100%;height:auto}.missing{color:#5a636d}\
        footer{margin-top:2em;font-size:.85em;color:#5a636d;overflow-wrap:anywhere}\
        .badge{border-radius:.6em;padding:0 .5em;background:#e4e7ec}.badge:empty{display:none}\
        .badge.proved,.badge.certified{background:#d7f0dd}.badge.undecided,.badge.vacuous,.warning{background:#fdf0c8}\
        .badge.undeveloped{background:#e4e7ec}.badge.refuted{background:#f8d3d0}\
        @media(prefers-color-scheme:dark){body{background:#14181c;color:#e6eaee}td,th{border-color:#48515b}\
        footer,.missing{color:#9aa4ae}pre{background:#20262c}.badge{background:#3a4149}.figure{filter:invert(1) hue-rotate(180deg)}\
        .badge.proved,.badge.certified{background:#1f5130}.badge.undecided,.badge.vacuous,.warning{background:#5c4a12}\
        .badge.undeveloped{background:#3a4149}.badge.refuted{background:#6b2721}}\
        @media print{.wide{overflow:visible}.wide>.case{min-width:0}h2{break-after:avoid}}
        """
}
