import Availability
import Reliability
import SafeRL

/// How much of the poison four detectors find.
struct PoisonSearch {
    /// What each found; nothing where it cannot be asked, with the reason.
    let found: [(name: String, figures: DetectorFigures?, reason: String?)]
    /// Rows that were scored, and how many of them are poison.
    let scored, poisoned: Int

    /// What was found of scores that are there.
    ///
    /// - Parameters:
    ///   - scores: of each detector, one for each of `rows`.
    ///   - rows: that were scored.
    ///   - poison: all that was altered.
    /// - Throws: `ReliabilityError`; `Unavailable` where no scored row is poison.
    init(_ scores: [(String, [Double]?)], among rows: [Int], _ poison: PoisonedRows) throws {
        let altered = Set(poison.rows)
        let isPoison = rows.map(altered.contains)
        (scored, poisoned) = (rows.count, isPoison.count { $0 })
        guard poisoned > 0 else {
            throw Unavailable("none of the \(rows.count) rows that were scored is poison")
        }
        found = try scores.map { name, scores in
            guard let scores else { return (name, nil, "the layer shows no hidden features") }
            return (name, try DetectorFigures(scores: scores, isPoison: isPoison), nil)
        }
    }

    /// Rows that are scored at most, drawn evenly from all.
    private static let most = 20_000

    /// Searches.
    ///
    /// - Parameters:
    ///   - data: with the poison in it.
    ///   - layer: that learned from it.
    ///   - stream: chooses the rows that are scored where there are many.
    /// - Throws: `AvailabilityError`, `ReliabilityError`; `Unavailable` where no scored row is poison.
    init(_ data: PoisonedData, _ layer: SafetyLayer, using stream: inout RandomStream) throws {
        let count = data.data.count
        var order = Array(0..<count)
        let asked = min(count, Self.most)
        if asked < count {
            for place in 0..<asked { order.swapAt(place, place + stream.nextInteger(below: count - place)) }
        }
        let rows = Array(order.prefix(asked)).sorted()
        let labels = rows.map { data.isViolated[$0] }
        let all = data.data.states(at: Array(0..<count))
        let scaled = try ColumnScale(all)(all)
        let repetition = PoisonDetectors.largestRepetition(all)
        let observations = rows.map(data.data.observation)
        let scores = layer.scores(observations)
        var lists: [(String, [Double]?)] = [
            (
                "neighbours",
                try PoisonDetectors.neighbourDisagreement(scaled, isViolated: data.isViolated, at: rows)
            )
        ]
        lists.append(
            (
                "spectral",
                try layer.hidden.map { hidden in
                    let features = observations.map(hidden)
                    return try PoisonDetectors.spectralSignature(
                        Matrix(rows.count, features[0].count, features.flatMap { $0 }), isViolated: labels)
                }
            ))
        let probabilities: [Double]
        if layer.filter != nil {
            probabilities = scores
        } else {
            let fitted = try IsotonicCalibration(scores: scores, hit: labels)
            probabilities = scores.map { fitted($0) }
        }
        lists.append(
            ("residual", PoisonDetectors.residual(isViolated: labels, probabilities: probabilities)))
        lists.append(("repetition", rows.map { Double(repetition[$0]) }))
        try self.init(lists, among: rows, data.poison)
    }

    /// For a person.
    var line: String {
        "no detector found more than \(short(100 * best)) % of the poison at 1 % false alarms"
    }

    /// The largest share that any of them found.
    var best: Double { found.compactMap { $0.figures?.found }.max() ?? 0 }

    var json: JSONValue {
        .object(
            [("scored", .integer(scored)), ("poisoned", .integer(poisoned))]
                + found.map { name, figures, reason in
                    (
                        name,
                        .object(
                            figures.map { [("found", .figure($0.found)), ("auroc", .figure($0.auroc))] }
                                ?? [("fault", .text(reason ?? ""))])
                    )
                })
    }
}
