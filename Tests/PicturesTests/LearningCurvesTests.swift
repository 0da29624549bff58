import Foundation
import FoundationXML
import Pictures
import TestSupport
import Testing

@Suite struct LearningCurvesTests {
    private typealias Point = Curve.Point

    private func points(_ count: Int, _ value: (Double) -> Double) -> [Point] {
        (0..<count).map { Point(step: 100 * $0, value: value(Double($0) / Double(count))) }
    }

    private func curve(
        _ key: String, _ domain: Curve.Domain, stage: String = "joint",
        limit: Double? = nil, _ points: [Point]
    ) -> Curve {
        Curve(
            .init(stage: stage, name: key), title: key, domain, points, limits: limit.map { [$0] } ?? [])
    }

    private func curve(_ key: String, _ points: [Point]) -> Curve { curve(key, .number, points) }

    private func figure(_ curves: [Curve]) -> LearningCurves {
        LearningCurves(title: "Learning curves", [CurveGroup("run", curves)])
    }

    private func texts(_ svg: String) throws -> [SVGText] {
        let reader = SVGTextReader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return reader.texts
    }

    private func labels(_ curve: Curve) throws -> [String] {
        try texts(figure([curve]).svg()).filter { $0.anchor == "end" && $0.size == 11 }.map(\.text).filter {
            !$0.hasPrefix("last ")
        }
    }

    private func extremes() -> [Curve] {
        [
            curve("policyLoss", .nonNegative, points(20_000) { exp(-3 * $0) + 0.1 * sin(900 * $0) }),
            curve("tiny", .nonNegative, points(120) { 2e-8 * exp(-5 * $0) }),
            curve("never", .share, points(120) { _ in 0 }), curve("constant", points(120) { _ in 3 }),
            curve("negative & <small>", points(120) { -1e-5 * $0 }),
            curve("huge", points(120) { 1e6 * (1 + $0) }), curve("far", points(120) { 1e6 + 0.01 * $0 }),
            curve("enormous", points(9) { 1e30 * $0 }), curve("no larger", points(9) { -1e-300 * $0 }),
            curve("a name of a metric that is much longer than its plot is wide", points(9) { $0 }),
            curve("one", .nonNegative, [Point(step: 12_345, value: 0.25)]),
            curve("first", .nonNegative, [Point(step: 0, value: 0)]),
            curve(
                "cost", .nonNegative, stage: "evaluation", limit: 10,
                [Point(step: 5_000, value: 12.5), Point(step: 10_000, value: 7, interval: 4...18)]),
            curve(
                "far limit", .nonNegative, stage: "evaluation", limit: 1e6, [Point(step: 1, value: 0.5)]),
        ]
    }

    private func seeds(_ name: String, _ count: Int, _ factor: Double) -> CurveGroup {
        func spread(_ points: [Point], _ width: Double) -> [Point] {
            points.map {
                .init(step: $0.step, value: $0.value, interval: $0.value - width...$0.value + width)
            }
        }
        return CurveGroup(
            name, runs: count,
            [
                curve("return", spread(points(60) { 200 * factor * $0 }, 9)),
                curve("cost", .nonNegative, limit: 10, spread(points(60) { 40 * exp(-3 * $0) }, 1)),
            ])
    }

    @Test func noTwoTextsOverprint() throws {
        let long = "a run whose name is long"
        let groups = (0..<7).map { seeds("\(long) \($0)", $0 % 2 == 0 ? 3 : 1, Double($0)) }
        for svg in [figure(extremes()).svg(), LearningCurves(title: "t", groups).svg()] {
            let boxes = try texts(svg).map(\.box)
            #expect(boxes.count > 20)
            for (index, box) in boxes.enumerated() {
                for other in boxes[(index + 1)...] where box.overlaps(other) {
                    Issue.record("\(box.text) is printed over \(other.text)")
                }
            }
        }
    }

    @Test func aPictureHasOnePlotForEachMetricAndStaysSmall() throws {
        let figure = figure(extremes())
        #expect(try texts(figure.svg()).count { $0.text.hasPrefix("Updates") } == extremes().count)
        #expect(figure.svg().utf8.count < 150_000 && figure.pdf().count < 100_000)
        if let folder = ProcessInfo.processInfo.environment["SAFERL_PICTURES"] {
            try figure.svg().write(
                toFile: folder + "/learning-curves.svg", atomically: true, encoding: .utf8)
            try Data(figure.pdf()).write(to: URL(fileURLWithPath: folder + "/learning-curves.pdf"))
        }
    }

    @Test func axesShowWhatValuesCanBe() throws {
        #expect(
            try labels(curve("s", .share, points(9) { _ in 0 })) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(try labels(curve("s", .share, points(9) { 0.97 + 0.01 * $0 })).last == "1.0")
        #expect(try labels(curve("n", .nonNegative, points(9) { _ in 0 })).first == "0")
        #expect(try labels(curve("n", .nonNegative, points(9) { 1 + 3 * $0 })).first == "0")
        #expect(try labels(curve("c", points(9) { _ in 3 })) == ["2", "3", "4"])
        #expect(try labels(curve("z", points(9) { _ in 0 })) == ["−1.0", "−0.5", "0", "0.5", "1.0"])
    }

    @Test func numbersThatAreVerySmallOrLargeHaveACommonFactor() throws {
        let tiny = try texts(figure([curve("t", .nonNegative, points(9) { 2e-8 * $0 })]).svg()).map(\.text)
        #expect(tiny.contains("×10−9") && tiny.contains("15"))
        let far = try texts(figure([curve("f", points(11) { 1e6 + 0.011 * $0 })]).svg()).map(\.text)
        #expect(far.contains("+1000000") && far.contains("0.010"))
    }

    @Test func valuesThatAreNotFiniteLeaveAGap() throws {
        let values: [Double] = [1, 2, .nan, 2, 1]
        let gap = values.enumerated().map { Point(step: $0, value: $1) }
        let svg = figure([curve("gap", gap), curve("empty", [Point(step: 0, value: .nan)])]).svg()
        #expect(!svg.contains("nan") && !svg.contains("empty"))
        #expect(strokes(svg, "#0b6bcb").map { $0.count { $0 == "M" } } == [2])
    }

    @Test func aSpikeSurvivesThinning() throws {
        let spike = figure([curve("spike", points(10_000) { $0 == 0.5 ? 1000 : 0 })]).svg()
        let heights = try #require(strokes(spike, "#0b6bcb").first).split(whereSeparator: "ML".contains)
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        #expect(Set(heights).count == 2)
    }

    @Test func fewPointsAreMarkedAndMayHaveWhiskers() {
        let few = figure([curve("c", [Point(step: 1, value: 2, interval: 1...4)])])
        #expect(few.svg().contains("<circle ") && few.svg().contains("Whiskers are the intervals"))
        #expect(!figure([curve("c", points(41) { $0 })]).svg().contains("<circle "))
    }

    @Test func limitsAreDrawnAndInsideTheAxis() throws {
        let costs = curve("c", .nonNegative, limit: 10, points(9) { 2 * $0 })
        let found = try texts(figure([costs]).svg())
        #expect(found.contains { $0.text == "limit 10" })
        #expect(try labels(costs).last == "10")
        #expect(strokes(figure([costs]).svg(), "#1f2933").count == 1)
    }

    @Test func meansOfSeveralRunsHaveABand() throws {
        let line = [Point(step: 1, value: 2, interval: -4...8), Point(step: 2, value: 4)]
        let svg = LearningCurves(title: "t", [CurveGroup("g", runs: 3, [curve("c", line)])]).svg()
        #expect(svg.contains("g (3 runs)") && svg.contains("opacity=\"0.18\""))
        #expect(svg.contains("bands approximate 95 % intervals of the means"))
        #expect(!svg.contains("Whiskers"))
        #expect(try texts(svg).contains { $0.text == "last 4" })
    }

    @Test func noMetricsSaySo() {
        #expect(
            LearningCurves(title: "t", [CurveGroup("g", [])]).svg().contains("no metrics were recorded"))
    }

    /// The data of all paths stroked in a colour, without filled ones.
    private func strokes(_ svg: String, _ colour: String) -> [Substring] {
        svg.split(separator: "\n").filter {
            $0.hasPrefix("<path ") && $0.contains("fill=\"none\" stroke=\"\(colour)\"")
        }.compactMap { $0.components(separatedBy: "d=\"").dropFirst().first?.prefix { $0 != "\"" } }
    }

    // MARK: PDF

    @Test func aPDFIsWholeAndTheSameEachTime() throws {
        let figure = figure(extremes())
        let bytes = figure.pdf()
        #expect(bytes == figure.pdf())
        let text = String(decoding: bytes, as: Unicode.ASCII.self)
        #expect(text.hasPrefix("%PDF-1.4\n") && text.hasSuffix("%%EOF\n"))
        let start = try #require(
            text.components(separatedBy: "startxref\n").last?.split(separator: "\n").first)
        let table = bytes[(Int(start) ?? 0)...]
        let entries = String(decoding: table, as: Unicode.ASCII.self).split(separator: "\n").filter {
            $0.hasSuffix(" n ")
        }
        #expect(entries.count == 7)
        for (index, entry) in entries.enumerated() {
            let place = try #require(Int(entry.prefix(10)))
            #expect(bytes[place...].starts(with: Array("\(index + 1) 0 obj\n".utf8)))
        }
    }

    @Test func aPDFHoldsTextAsText() throws {
        let key = Curve.Key(stage: "s", name: "v")
        let pdf = figure([Curve(key, title: "V_{h} (θ) ≤ 0", .number, points(9) { -$0 })]).pdf()
        let mark = Array("stream\n".utf8)
        let from = try #require(pdf.indices.first { pdf[$0...].starts(with: mark) }) + mark.count
        let length = String(decoding: pdf, as: Unicode.ASCII.self).components(separatedBy: "/Length ")
            .dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) }
        let stream = Array(pdf[from..<from + (try #require(length))])
        let content = String(decoding: try uncompressed(stream, atMost: 1 << 20), as: Unicode.ASCII.self)
        #expect(content.contains("(Learning curves) Tj") && content.contains("(V) Tj"))
        // Theta and ≤ are of the font Symbol, the minus sign is the dash of the other.
        #expect(content.contains("/F3 13 Tf") && content.contains("(q) Tj") && content.contains("(\\243) Tj"))
        #expect(content.contains("(\\2260.4) Tj"))
    }
}

/// A text of an SVG file, raised and lowered parts joined.
struct SVGText {
    var text = ""
    let x, y, size: Double
    let anchor: String
    let isBold: Bool

    /// Where it is printed, by the widths of Helvetica.
    var box: Box {
        let width = Lettering(plain: text).width(size: size, isBold: isBold)
        let left = anchor == "end" ? x - width : anchor == "middle" ? x - width / 2 : x
        return Box(text: text, left: left, right: left + width, top: y - 0.72 * size, bottom: y)
    }

    struct Box {
        let text: String
        let left, right, top, bottom: Double

        func overlaps(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }
}

/// Collects the texts of an SVG file.
final class SVGTextReader: NSObject, XMLParserDelegate {
    private(set) var texts: [SVGText] = []
    private var isInside = false

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard name == "text" else { return }
        isInside = true
        func number(_ key: String) -> Double { attributes[key].flatMap { Double($0) } ?? .nan }
        texts.append(
            SVGText(
                x: number("x"), y: number("y"), size: number("font-size"),
                anchor: attributes["text-anchor"] ?? "", isBold: attributes["font-weight"] != nil))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if isInside { texts[texts.count - 1].text += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        if name == "text" { isInside = false }
    }
}
