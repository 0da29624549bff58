import AssuranceCases

/// The list of runs.
struct RunListPage {
    private var page: BoardPage

    /// Makes the page.
    ///
    /// - Parameters:
    ///   - runs: all there are.
    ///   - folder: what their place is called.
    ///   - order: which are shown, and how.
    ///   - now: seconds since 1970.
    init(_ runs: [BoardRun], of folder: String, _ order: RunOrder, now: Double) {
        page = BoardPage(title: "Runs in \(folder)")
        let shown = order.sorted(runs)
        page.add(
            "<header><h1>Runs in <code>\(Markup.xml(folder))</code></h1>\n\(Self.search(order))</header>\n")
        page.add("<main id=\"live\" data-every=\"5\">\n<p class=\"sum\">\(Self.sum(runs, shown))</p>\n")
        if runs.isEmpty {
            page.add("<p class=\"none\">No run yet. <code>saferl train</code> starts one.</p>\n")
        } else if shown.isEmpty {
            page.add("<p class=\"none\">No run has these words. <a href=\"/\">All runs</a></p>\n")
        } else {
            page.add("<table class=\"runs\"><thead><tr>\(Self.heads(order))</tr></thead>\n<tbody>\n")
            for run in shown { page.add(Self.row(run, now: now)) }
            page.add("</tbody></table>\n")
        }
        page.add("</main>\n")
    }

    /// The page as text.
    var text: String { page.text }

    private static func search(_ order: RunOrder) -> String {
        "<form role=\"search\" action=\"/\"><label for=\"q\">Filter</label> "
            + "<input id=\"q\" name=\"q\" type=\"search\" value=\"\(Markup.xml(order.words))\" "
            + "placeholder=\"name, algorithm, state, tag\">"
            + "<input type=\"hidden\" name=\"sort\" value=\"\(order.column.rawValue)\">"
            + (order.isDown ? "<input type=\"hidden\" name=\"down\" value=\"1\">" : "")
            + "<button>Show</button></form>\n"
    }

    /// How many runs there are in each state, such as `3 runs: 1 training, 2 finished`.
    private static func sum(_ runs: [BoardRun], _ shown: [BoardRun]) -> String {
        let states = Dictionary(grouping: shown, by: \.facts.state).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let number = shown.count == runs.count ? "\(runs.count)" : "\(shown.count) of \(runs.count)"
        let parts = states.map { "\($0.value) \(Markup.xml($0.key))" }.joined(separator: ", ")
        return "\(number) run\(runs.count == 1 ? "" : "s")" + (parts.isEmpty ? "" : ": \(parts)")
    }

    private static func heads(_ order: RunOrder) -> String {
        RunOrder.Column.allCases.map { column in
            let isSorted = column == order.column
            let direction = isSorted ? " aria-sort=\"\(order.isDown ? "descending" : "ascending")\"" : ""
            let isNumber = [.meanReturn, .meanCost, .age].contains(column)
            return "<th scope=\"col\"\(isNumber ? " class=\"number\"" : "")\(direction)>"
                + "<a href=\"\(Markup.xml(order.path(by: column)))\">\(column.title)</a></th>"
        }.joined()
    }

    private static func row(_ run: BoardRun, now: Double) -> String {
        let facts = run.facts
        func cell(_ column: RunOrder.Column, _ content: String, isNumber: Bool = false) -> String {
            let kind = isNumber ? "number" : column.title.lowercased()
            return "<td data-head=\"\(column.title)\" class=\"\(kind)\">\(content)</td>"
        }
        func text(_ text: String?) -> String { text.map { $0.isEmpty ? "–" : Markup.xml($0) } ?? "–" }
        let fault = facts.fault.map { "<small class=\"fault\">\(Markup.xml($0))</small>" } ?? ""
        let tags = facts.tags.map { "<span class=\"tag\">\(Markup.xml($0))</span>" }.joined(separator: " ")
        return
            "<tr><th scope=\"row\"><a href=\"\(BoardAddress.path(of: run.name))\">\(Markup.xml(run.name))</a>"
            + "\(fault)</th>" + cell(.algorithm, text(facts.algorithm)) + cell(.subject, text(facts.subject))
            + cell(.step, BoardWords.progress(facts)) + cell(.state, BoardWords.badge(facts.state))
            + cell(.meanReturn, BoardWords.number(facts.meanReturn), isNumber: true)
            + cell(.meanCost, BoardWords.number(facts.meanCost), isNumber: true)
            + cell(.age, facts.started.map { BoardWords.age(now - $0) } ?? "–", isNumber: true)
            + cell(.tags, tags.isEmpty ? "–" : tags) + "</tr>\n"
    }
}
