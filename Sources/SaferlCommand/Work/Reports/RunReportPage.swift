import Assurance
import AssuranceCases
import Foundation
import SafeRL

/// One page about runs: what is certified, what they may be used for, figures, curves, and what makes what is missing.
struct RunReportPage {
    /// Bytes of a page.
    static let largestPage = 3_000_000

    private let runs: [ReportedRun]
    private var page: HTMLPage
    /// Bytes that are left for pictures; what does not fit is left out, and named.
    private var room = 2_000_000

    /// Makes the page.
    ///
    /// - Parameters:
    ///   - runs: at least one, in the order of the command line.
    ///   - title: the line at the top.
    init(_ runs: [ReportedRun], title: String) {
        self.runs = runs
        page = HTMLPage(title: title, hasScript: true)
        page.add("<h1>\(Markup.xml(title))</h1>\n")
        addVerdicts()
        addUse()
        addFigures()
        addCurves()
        for run in runs { addDetails(run) }
        addConfiguration()
        addVersions()
        addCommands()
        page.add("<footer>Written by saferl \(ProgramIdentity.version)</footer>\n")
    }

    /// The page as the text of a file.
    var text: String { page.text }

    // MARK: What can be relied on

    private mutating func addVerdicts() {
        page.add("<h2>Verdicts</h2>\n")
        for run in runs {
            var lines: [String] = []
            for line in run.claims {
                guard let claim = line.claim else { continue }
                let bound = claim.bound.map { ", bound \(Self.short($0))" } ?? ""
                let risk = claim.delta.map { ", wrong with probability at most \(Self.short($0))" } ?? ""
                let statement =
                    claim.statement.hasSuffix(".") ? claim.statement.dropLast() : claim.statement[...]
                lines.append(Self.badge(line.verdict) + Markup.xml(" \(statement)\(bound)\(risk)."))
            }
            if run.certified.isEmpty {
                lines.append(
                    Self.missing(
                        "Nothing is certified:",
                        "saferl certify \(shellWord(run.directory.path)) --limit COST --delta RISK"))
            }
            if let argument = run.argument {
                lines.append(Self.badge(argument) + " Assurance case")
            } else {
                lines.append(
                    Self.missing(
                        "No assurance case:",
                        "saferl report \(shellWord(run.directory.path)) --assurance --limit COST"))
            }
            lines += run.outdated.map { "<span class=\"warning\">\(Markup.xml($0))</span>" }
            let state = "\(run.name): \(run.record.state.rawValue)"
            page.add("<h3>\(Markup.xml(state))</h3>\n\(Self.list(lines))")
        }
    }

    private mutating func addUse() {
        page.add("<h2>What it may be used for, and what not</h2>\n")
        for run in runs {
            var lines = run.certified.flatMap { claim in
                ["<b>May be relied on</b> \(Markup.xml(claim.statement))"]
                    + claim.conditions.map { "As far as this holds: \(Markup.xml($0))" }
            }
            if run.certified.isEmpty {
                lines.append(
                    "<b>Not to be relied on</b> where a limit matters: nothing about it is certified.")
            }
            if let place = run.evaluation?.origin?.environment {
                lines.append(
                    "<b>Says nothing of</b> worlds other than \(Markup.xml(place)), in which it was judged.")
            } else {
                lines.append("<b>Says nothing of</b> any world: it was judged in none.")
            }
            lines.append("<b>Not covered</b>: a policy that learns on, other ways of acting, other starts.")
            page.add("<h3>\(Markup.xml(run.name))</h3>\n\(Self.list(lines))")
        }
    }

    // MARK: Figures

    private mutating func addFigures() {
        let head = [
            "Run", "Algorithm", "Subject", "Seed", "Updates", "Return", "Cost", "Without violation",
            "Violation at most", "Episodes",
        ]
        let rows = runs.map { run -> [String] in
            let facts = [
                run.name, run.manifest.algorithm, run.record.subject ?? "", "\(run.manifest.seed)",
                "\(run.manifest.step)",
            ]
            guard let report = run.evaluation else { return facts + ["not evaluated", "", "", "", ""] }
            return facts + [
                Self.number(report.returnMean, report.returnInterval),
                Self.number(report.costMean, report.cost.costInterval),
                Self.percent(report.cost.violationFreeShare, report.cost.violationFreeInterval),
                Self.percent(report.cost.violationUpperBound, nil), "\(report.episodes)",
            ]
        }
        page.add("<h2>Figures</h2>\n" + HTMLPage.table(head: head, rows: rows, isSortable: runs.count > 1))
        let levels = Set(runs.compactMap { $0.evaluation?.confidence })
        if levels.count == 1, let level = levels.first {
            page.add(
                "<p>In brackets intervals of \(Self.percent(level, nil)) confidence, each by itself.</p>\n")
        }
    }

    private mutating func addCurves() {
        let groups = PlottedRun.groups(runs.map(\.plotted))
        guard groups.contains(where: { $0.curves.contains { $0.points.contains { $0.value.isFinite } } })
        else {
            return page.add("<h2>Learning curves</h2>\n<p class=\"missing\">No metrics yet.</p>\n")
        }
        let figure = LearningCurves(title: "", groups).svg()
        page.add("<h2>Learning curves</h2>\n")
        embed(Array(figure.utf8), named: "learning curves")
    }

    // MARK: Each run

    private mutating func addDetails(_ run: ReportedRun) {
        page.add("<h2>\(Markup.xml(run.name))</h2>\n")
        let word = shellWord(run.directory.path)
        if let evaluation = run.evaluation {
            fold("Evaluation", isOpen: runs.count == 1, "<pre>\(Markup.xml(lines: evaluation.table))</pre>\n")
        } else {
            page.add("<p>\(Self.missing("Not evaluated:", "saferl evaluate \(word)"))</p>\n")
        }
        if let region = ReportedRun.bytes(run.directory.picturesPath + "/feasible-region.svg") {
            page.add("<details><summary>Feasible region</summary>\n")
            embed(region, named: "feasible region")
            page.add("</details>\n")
        }
        let claims = run.claims.compactMap(\.claim)
        if !claims.isEmpty {
            fold("Claims", MarkdownFragment(claims.map(\.markdown).joined(separator: "\n")).html)
        }
        for part in run.parts {
            guard let markdown = part.markdown else {
                if part.policy == nil, part.title == "Training" { continue }
                page.add("<p>\(Self.missing("No report on \(part.title.lowercased()):", part.remedy))</p>\n")
                continue
            }
            page.add("<details><summary>\(part.title)</summary>\n\(MarkdownFragment(markdown).html)")
            for picture in part.pictures { embed(picture.svg, named: picture.name) }
            page.add("</details>\n")
        }
        if let tree = ReportedRun.bytes(run.directory.path + "/assurance/case.svg") {
            page.add("<details><summary>Assurance case</summary>\n")
            embed(tree, named: "tree of the assurance case")
            page.add("<p>Each step with its check: assurance/case.html in the run.</p></details>\n")
        }
        let data = run.manifest.data
        page.add("<p>Data: \(Markup.xml(data.path)), SHA-256 \(Markup.xml(data.sha256))</p>\n")
    }

    private mutating func fold(_ title: String, isOpen: Bool = false, _ content: String) {
        page.add("<details\(isOpen ? " open" : "")><summary>\(title)</summary>\n\(content)</details>\n")
    }

    /// Puts a picture in as an image, in which no script runs and whose names meet no others.
    private mutating func embed(_ svg: [UInt8], named name: String) {
        let data = Foundation.Data(svg).base64EncodedString()
        guard data.utf8.count <= room else {
            return page.add(Self.missingPicture(name))
        }
        room -= data.utf8.count
        page.add(
            "<p class=\"figure\"><img alt=\"\(Markup.xml(name))\" src=\"data:image/svg+xml;base64,\(data)\"></p>\n"
        )
    }

    // MARK: How it came about

    private mutating func addConfiguration() {
        let keys = Set(runs.flatMap(\.configuration.keys)).sorted()
        func values(_ key: String) -> [String] { runs.map { $0.configuration[key] ?? "–" } }
        let differing = keys.filter { Set(values($0)).count > 1 }
        let names = runs.map(\.name)
        if !differing.isEmpty {
            page.add(
                "Configuration: what differs", head: ["Key"] + names,
                rows: differing.map { [$0] + values($0) })
        }
        let equal = keys.filter { Set(values($0)).count == 1 }.map { [$0, values($0)[0]] }
        page.add("<h2>Configuration\(runs.count > 1 ? ": what is equal" : "")</h2>\n")
        fold("\(equal.count) keys", HTMLPage.table(head: ["Key", "Value"], rows: equal))
    }

    private mutating func addVersions() {
        let rows = runs.map { run -> [String] in
            let manifest = run.manifest
            return [
                run.name, manifest.saferl + (manifest.commit.map { ", \($0.prefix(12))" } ?? ""),
                manifest.swift, "\(manifest.blas.kernel), \(manifest.blas.threads) threads",
                manifest.mathematics.map { "\($0.library), \($0.level)" } ?? "unknown", manifest.started,
                run.newest.map { "\($0.identity) (update \($0.step))" } ?? "none", manifest.configuration,
            ]
        }
        page.add(
            "Versions and hashes",
            head: [
                "Run", "saferl", "Swift", "Processor", "Mathematics", "Started", "Policy, SHA-256",
                "Configuration, SHA-256",
            ], rows: rows)
    }

    private mutating func addCommands() {
        let lines = runs.flatMap { run -> [String] in
            let word = shellWord(run.directory.path)
            var commands = [
                "saferl train \(shellWord(run.directory.resolvedConfigurationPath)) --run \(shellWord(run.directory.path + "-again"))"
            ]
            if let evaluation = run.evaluation, let origin = evaluation.origin {
                let changed = origin.overrides.map { " --set \(shellWord($0))" }.joined()
                commands.append(
                    "saferl evaluate \(word) --environment \(shellWord(origin.environment)) --episodes \(evaluation.episodes) "
                        + "--seed \(evaluation.seed)\(changed)")
            }
            return commands
        }
        page.add("<h2>To reproduce</h2>\n<pre>\(Markup.xml(lines: lines.joined(separator: "\n")))</pre>\n")
    }

    // MARK: Words

    private static func list(_ items: [String]) -> String {
        "<ul>\n" + items.map { "<li>\($0)</li>\n" }.joined() + "</ul>\n"
    }

    private static func badge(_ verdict: String) -> String {
        let known = ["certified", "vacuous", "proved", "undecided", "undeveloped", "refuted"]
        return
            "<span class=\"badge\(known.contains(verdict) ? " " + verdict : "")\">\(Markup.xml(verdict))</span>"
    }

    private static func missing(_ what: String, _ command: String) -> String {
        "<span class=\"missing\">\(Markup.xml(what)) <code>\(Markup.xml(command))</code></span>"
    }

    private static func missingPicture(_ name: String) -> String {
        "<p class=\"missing\">The picture \(Markup.xml(name)) would make this page too large; it lies in the run.</p>\n"
    }

    private static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    private static func number(_ value: Double, _ interval: [Double]?) -> String {
        String(format: "%.3f", value)
            + (interval.map { String(format: " (%.3f to %.3f)", $0[0], $0[1]) } ?? "")
    }

    private static func percent(_ share: Double, _ interval: [Double]?) -> String {
        let text = String(format: "%.1f %%", 100 * share)
        return text + (interval.map { String(format: " (%.1f to %.1f)", 100 * $0[0], 100 * $0[1]) } ?? "")
    }
}
