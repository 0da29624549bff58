import Foundation
import Pictures
import Testing

@Suite struct ChartFigureTests {
    private let chart = ChartFigure(
        title: "a < b", across: ("x & y", .share), upwards: ("up", .nonNegative),
        [
            ("bars", .bars([.init(0...0.5, height: 2), .init(0.5...1, height: 4)])),
            ("area", .band(upper: [.init(0, 3), .init(1, 4)], lower: [.init(0, 1), .init(1, 2)])),
            ("course", .line([.init(0, 0), .init(0.5, 2), .init(1, 1)])),
            ("", .dots([.init(0.25, 1)])), ("", .vertical(0.5)), ("", .horizontal(3)),
        ], notes: ["note > 1"])

    @Test func everyLayerIsDrawnAndThoseWithANameAreListed() {
        let svg = chart.svg()
        for text in ["a &lt; b", "x &amp; y", "up", "bars", "area", "course", "note &gt; 1"] {
            #expect(svg.contains(">\(text)</text>"), "\(text)")
        }
        // Two dashed lines, three dots of the legend and one of the chart.
        #expect(svg.components(separatedBy: "stroke-dasharray").count == 3)
        #expect(svg.components(separatedBy: "<circle").count == 5)
        #expect(svg == chart.svg() && chart.pdf().starts(with: Array("%PDF-".utf8)))
    }

    @Test func barsReachAsHighAsTheirNumbersSay() throws {
        // Of 0 … 4 over 318 pixels from 66 on: 2 is half of it.
        let svg = chart.svg()
        #expect(svg.contains("M75 225L304 225L304 384L75 384z"), "\(svg)")
        #expect(svg.contains("M306 66L535 66L535 384L306 384z"))
    }

    @Test func estimatesHaveLinesOverWhatTheyMayBe() {
        let estimate = ChartFigure.Estimate(.init(0.5, 1), across: 0...1, upwards: 0...2)
        func svg(_ layer: ChartFigure.Layer) -> String {
            ChartFigure(title: "", across: ("", .share), upwards: ("", .share), [("", layer)]).svg()
        }
        let dot = svg(.estimates([estimate]))
        #expect(dot.components(separatedBy: "<circle").count == 2)
        let bare = svg(.estimates([.init(.init(0.5, 1))]))
        // A line across and one upwards more.
        #expect(
            dot.components(separatedBy: "stroke-width=\"1.4\"").count
                == bare.components(separatedBy: "stroke-width=\"1.4\"").count + 2)
        let course = svg(.course([estimate, .init(.init(1, 1))]))
        #expect(course.components(separatedBy: "opacity=\"0.18\"").count == 2)
    }

    @Test func placesHaveNoNumbers() {
        let layers = [("one", ChartFigure.Layer.estimates([.init(.init(3, 0.5))]))]
        let numbered = ChartFigure(title: "", across: ("", .any), upwards: ("", .share), layers).svg()
        let places = ChartFigure(title: "", across: ("", .places), upwards: ("", .share), layers).svg()
        #expect(numbered.contains(">3.0</text>") || numbered.contains(">3</text>"))
        #expect(!places.contains(">3.0</text>") && !places.contains(">3</text>"))
    }

    @Test func aLongLegendHasRows() {
        let layers = (1...9).map { ("a method with a name \($0)", ChartFigure.Layer.dots([.init(0, 0)])) }
        let svg = ChartFigure(title: "", across: ("", .any), upwards: ("", .any), layers).svg()
        // Five rows of two: four rows move the chart down.
        #expect(svg.contains("height=\"512\""), "\(svg.prefix(120))")
        #expect(layers.allSatisfy { svg.contains(">\($0.0)</text>") })
    }

    @Test func aChartOfNothingHasAxes() {
        let empty = ChartFigure(title: "", across: ("", .any), upwards: ("", .any), [])
        #expect(empty.svg().contains("<svg") && empty.svg().contains(">0"))
    }
}
