import Pictures
import SafeRL

/// The pictures of a comparison, each with the methods in the order of its table.
struct ComparisonPictures {
    private let report: ComparisonReport

    init(_ report: ComparisonReport) { self.report = report }

    /// Charts by the names of their files, without an ending.
    var all: [(name: String, figure: ChartFigure)] {
        [("iqm", interquartileMeans), ("profiles", profiles)]
            + (returnAgainstCost.map { [("return-cost", $0)] } ?? [])
    }

    private var scale: String { report.isNormalized ? "normalised return" : "return" }

    /// Interquartile means with their intervals, beside each other.
    private var interquartileMeans: ChartFigure {
        let layers = report.methods.enumerated().compactMap { place, method in
            method.returnFigures["iqm"].map { figure in
                (
                    method.name,
                    ChartFigure.Layer.estimates([
                        .init(.init(Double(place), figure.value), upwards: Self.range(figure.interval))
                    ])
                )
            }
        }
        return ChartFigure(
            title: "Interquartile mean of the \(scale)", across: ("methods, as in the legend", .places),
            upwards: (scale, .any), layers, notes: [note])
    }

    /// Shares of runs above each threshold (Agarwal et al., arXiv:2108.13264, figure 7).
    private var profiles: ChartFigure {
        let layers = report.methods.map { method in
            (
                method.name,
                ChartFigure.Layer.course(
                    zip(report.thresholds, method.profile).map { threshold, share in
                        .init(
                            .init(threshold, share[0]),
                            upwards: share.count == 3 ? Self.range(Array(share.dropFirst())) : nil)
                    })
            )
        }
        return ChartFigure(
            title: "Performance profiles", across: (scale, .any),
            upwards: ("share of runs above it", .share), layers)
    }

    /// Mean return against mean cost with the limit; nothing without limits.
    private var returnAgainstCost: ChartFigure? {
        let layers = report.methods.compactMap { method -> (String, ChartFigure.Layer)? in
            guard let cost = method.costFigures["mean"], let mean = method.returnFigures["mean"] else {
                return nil
            }
            return (
                method.name,
                .estimates([
                    .init(
                        .init(cost.value, mean.value), across: Self.range(cost.interval),
                        upwards: Self.range(mean.interval))
                ])
            )
        }
        guard layers.count == report.methods.count else { return nil }
        return ChartFigure(
            title: "Return against cost", across: ("cost, in limits", .nonNegative), upwards: (scale, .any),
            layers + [("", .vertical(1))], notes: [note])
    }

    private var note: String { "Lines are 95 % intervals over runs drawn anew." }

    private static func range(_ ends: [Double]?) -> ClosedRange<Double>? {
        guard let ends, ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
    }
}
