import AssuranceCases
import Storage

/// The page of one run: where it stands, its curves as they grow, how it was judged and what is claimed of it.
struct RunPage {
    private var page: BoardPage

    /// Makes the page.
    init(_ run: BoardRun, _ detail: BoardDetail) {
        page = BoardPage(title: run.name)
        let facts = run.facts
        page.add("<header><p><a href=\"/\">All runs</a></p>\n<h1>\(Markup.xml(run.name))</h1></header>\n")
        page.add(
            "<div id=\"live\">\n<p class=\"sum line\">\(BoardWords.badge(facts.state)) \(BoardWords.progress(facts))"
        )
        page.add(Self.figure("Return", facts.meanReturn) + Self.figure("Cost", facts.meanCost))
        page.add(facts.tags.map { " <span class=\"tag\">\(Markup.xml($0))</span>" }.joined() + "</p>\n")
        if let fault = facts.fault { page.add("<p class=\"fault\">\(Markup.xml(fault))</p>\n") }
        addClaims(detail)
        addEvaluation(detail)
        page.add(
            "</div>\n<main>\n<h2>Curves</h2>\n<div id=\"curves\"><p class=\"none\">No metrics yet.</p></div>\n"
        )
        page.add(
            "<noscript><p>Curves are drawn by the script of this page. Without it: <code>saferl report</code>.</p></noscript>\n"
        )
        page.add("</main>\n")
        addFacts(detail)
        page.add(
            "<script type=\"application/json\" id=\"run\">\(Self.knowledge(run, detail))</script>\n")
    }

    /// The page as text.
    var text: String { page.text }

    private static func figure(_ name: String, _ value: Double?) -> String {
        value.map { " <span>\(name) <b>\(BoardWords.number($0))</b></span>" } ?? ""
    }

    private mutating func addClaims(_ detail: BoardDetail) {
        guard !detail.claims.isEmpty else { return }
        page.add("<h2>Claims</h2>\n<ul class=\"claims\">\n")
        for claim in detail.claims {
            page.add("<li>\(BoardWords.badge(claim.verdict)) \(Markup.xml(claim.statement))</li>\n")
        }
        page.add("</ul>\n")
    }

    private mutating func addEvaluation(_ detail: BoardDetail) {
        page.add("<h2>Evaluation</h2>\n")
        if let table = detail.evaluation {
            page.add("<pre tabindex=\"0\">\(Markup.xml(lines: table))</pre>\n")
        } else {
            page.add("<p class=\"none\">Not evaluated: <code>\(Markup.xml(detail.evaluating))</code></p>\n")
        }
    }

    private mutating func addFacts(_ detail: BoardDetail) {
        guard !detail.facts.isEmpty else { return }
        page.add("<section><h2>About this run</h2>\n<dl>\n")
        for fact in detail.facts {
            page.add("<div><dt>\(Markup.xml(fact.name))</dt><dd>\(Markup.xml(fact.value))</dd></div>\n")
        }
        page.add("</dl></section>\n")
    }

    /// What the script has to know, as JSON that no markup ends.
    private static func knowledge(_ run: BoardRun, _ detail: BoardDetail) -> String {
        let metrics = detail.metrics.map { metric in
            JSONValue.object([
                ("key", .text(metric.key)), ("title", .text(metric.title)),
                ("evaluation", .boolean(metric.isOfEvaluations)), ("fromZero", .boolean(metric.isFromZero)),
            ])
        }
        let limits = detail.limits.filter(\.value.isFinite).sorted { $0.key < $1.key }
            .map { ($0.key, JSONValue.number($0.value)) }
        return JSONValue.object([
            ("events", .text(BoardAddress.path(of: run.name) + "/events")), ("metrics", .list(metrics)),
            ("limits", .object(limits)),
        ]).compact.replacing("<", with: "\\u003c")
    }
}
