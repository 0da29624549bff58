import Foundation
import Pictures
import Testing

@Suite struct OutcomeScatterTests {
    private let corners = OutcomeScatter(
        title: "a < b",
        [(0.0, 0.0), (10, 0), (0, 5), (10, 5)].map { .init(cost: $0.0, total: $0.1, isTerminated: $0.0 > 0) },
        limits: [4, 40])

    @Test func pointsLieWhereTheirNumbersSay() {
        let lines = corners.text(columns: 8, rows: 3)
        #expect(
            lines == [
                "  Return of an episode",
                "5 ┤⠁⠀⠀⠀⠀⠀⠀⠈",
                "  │⠀⠀⠀⠀⠀⠀⠀⠀",
                "0 ┤⡀⠀⠀⠀⠀⠀⠀⢀",
                "  └────────",
                "   0 Cost of an episode 10",
            ])
    }

    @Test func theFileHasPointsLegendAndTheLimitsThatTheAxisReaches() {
        let svg = corners.svg()
        #expect(svg.contains(">a &lt; b</text>"))
        #expect(svg.contains(">cut by a limit (2)</text>") && svg.contains(">ended by the task (2)</text>"))
        #expect(svg.components(separatedBy: "stroke-dasharray").count == 2)
        #expect(svg == corners.svg() && corners.pdf().starts(with: Array("%PDF-".utf8)))
    }

    @Test func oneEpisodeHasAPictureToo() {
        let one = OutcomeScatter(title: "", [.init(cost: 3, total: -2, isTerminated: false)])
        #expect(one.text().count == 17 && one.svg().contains("r=\"2.4\""))
    }
}
