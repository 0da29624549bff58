import Foundation
import FoundationXML
import SafeRL
import Testing

@Suite struct LearningCurvesTests {
    private func curve(_ name: String, _ count: Int, _ value: (Double) -> Double) -> LearningCurves.Curve {
        .init(name, (0..<count).map { (step: 100 * $0, value: value(Double($0) / Double(count))) })
    }

    @Test func aPictureHasOnePlotForEachMetricAndStaysSmall() throws {
        let svg = LearningCurves(
            title: "Learning curves",
            [
                curve("policyLoss", 20_000) { exp(-3 * $0) + 0.1 * sin(900 * $0) },
                curve("vhLoss", 120) { 0.02 * exp(-5 * $0) },
                curve("feasibleShare", 120) { 0.8 + 0.05 * $0 },
                curve("constant", 120) { _ in 3 },
                curve("negative & <small>", 120) { -1e-5 * $0 },
            ]
        ).svg()
        #expect(svg.utf8.count < 100_000)
        #expect(svg.components(separatedBy: ">updates<").count == 6)
        #expect(XMLParser(data: Data(svg.utf8)).parse())
        if let folder = ProcessInfo.processInfo.environment["SAFERL_PICTURES"] {
            try svg.write(toFile: folder + "/learning-curves.svg", atomically: true, encoding: .utf8)
        }
    }

    @Test func valuesThatAreNotFiniteLeaveAGap() {
        let svg = LearningCurves(
            title: "t",
            [.init("gap", [(0, 1), (1, 2), (2, .nan), (3, 2), (4, 1)]), .init("empty", [(0, .nan)])]
        ).svg()
        #expect(!svg.contains("nan"))
        #expect(!svg.contains("empty"))
        let strokes = svg.components(separatedBy: "d=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(strokes.map { $0.count { $0 == "M" } } == [2])
    }

    @Test func fewPointsAreMarkedWhereThatIsAskedFor() {
        let points = [(0, 1.0), (1, .nan), (2, 3)]
        func circles(_ isMarked: Bool) -> Int {
            let svg = LearningCurves(title: "t", [.init("c", points, isMarked: isMarked)]).svg()
            return svg.components(separatedBy: "<circle ").count - 1
        }
        #expect(circles(true) == 2 && circles(false) == 0)
    }

    @Test func aSpikeSurvivesThinning() {
        let spike = LearningCurves(
            title: "t", [curve("spike", 10_000) { $0 == 0.5 ? 1000 : 0 }]
        ).svg()
        let flat = LearningCurves(title: "t", [curve("spike", 10_000) { _ in 0 }]).svg()
        #expect(spike.contains(">1000<") && !flat.contains(">1000<"))
        let path = spike.components(separatedBy: "d=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let heights = path.split(whereSeparator: "ML".contains).compactMap {
            $0.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(Set(heights).count == 2)
    }

    @Test func noMetricsSaySo() {
        #expect(LearningCurves(title: "t", []).svg().contains("no metrics were recorded"))
    }
}
