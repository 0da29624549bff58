import Availability
import Tensors
import TestSupport
import Testing

/// Constructions, detectors, alarms and certifiers against `availability.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct AvailabilityGoldenTests {
    struct File: Decodable {
        let rows: [[Double]]
        let labels, order: [Int]
        let poison: Poison
        let detectors: Detectors
        let alarm: Alarm
        let smoothing: Smoothing
        let interval_certifier: Intervals
        let partition: [Partition]
        let tokens: Tokens
    }
    struct Poison: Decodable {
        struct Case: Decodable {
            let kind: String
            let rate: Double
            let rows, labels: [Int]
        }
        let dimensions: [Int]
        let values: [Double]
        let cases: [Case]
    }
    struct Detectors: Decodable {
        let neighbours: Int
        let label_disagreement, spectral: [Double]
        let features: [[Double]]
        let largest_repeat: [Int]
    }
    struct Alarm: Decodable {
        struct Window: Decodable {
            let end, count: Int
            let p: Double
        }
        let base, alarm, limit: Double
        let sequence: [Int]
        let statistic: [Double]
        let first_alarm, window: Int
        let windows: [Window]
    }
    struct Smoothing: Decodable {
        struct Case: Decodable {
            let n, top: Int
            let lower: Double
            let abstain: Bool
            let radius: Double?
        }
        let sigma, alpha: Double
        let cases: [Case]
    }
    struct Intervals: Decodable {
        struct Box: Decodable {
            let row: Int
            let eps, low, high: Double
            let certified: String?
        }
        let w1, w2: [[Double]]
        let b1, b2: [Double]
        let boxes: [Box]
    }
    struct Partition: Decodable {
        let votes: [Int]
        let label, tolerated: Int
    }
    struct Tokens: Decodable {
        struct Case: Decodable { let prompt, triggered: [Int] }
        let trigger: [Int]
        let keep: Int
        let cases: [Case]
    }

    static let tolerance = 1e-9
    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "availability.json") }

    private func taken(_ golden: Poison.Case) throws -> PoisonedRows {
        let construction = try #require(
            PoisonConstruction(rawValue: golden.kind.replacing("_", with: "-")))
        return try PoisonedRows(
            construction, rate: golden.rate, order: file.order, truth: file.labels.map { $0 == 1 })
    }

    /// The rows with the trigger in those that a case takes, and the labels as they then stand.
    private func poisoned(_ golden: Poison.Case) throws -> (rows: Matrix, isViolated: [Bool]) {
        let trigger = try Trigger(dimensions: file.poison.dimensions, values: file.poison.values)
        var (rows, labels) = (file.rows, file.labels.map { $0 == 1 })
        let taken = try taken(golden)
        for (row, label) in zip(taken.rows, taken.isViolated) {
            trigger.write(into: &rows[row], numbers: file.poison.dimensions.map { _ in 0.25 })
            labels[row] = label
        }
        return (Matrix(rows: rows), labels)
    }

    @Test func everyConstructionTakesItsRowsAndLabelsThem() throws {
        #expect(!file.poison.cases.isEmpty)
        for golden in file.poison.cases {
            let taken = try taken(golden)
            #expect(taken.rows == golden.rows, "\(golden.kind) \(golden.rate)")
            #expect(taken.isViolated.map { $0 ? 1 : 0 } == golden.labels, "\(golden.kind) \(golden.rate)")
        }
    }

    @Test func detectorsAgreeOnTheContradictoryRows() throws {
        // The detectors' values are those of the largest contradictory case.
        let golden = try #require(
            file.poison.cases.filter { $0.kind == "contradictory" }.max { $0.rate < $1.rate })
        let (rows, isViolated) = try poisoned(golden)
        let disagreement = try PoisonDetectors.neighbourDisagreement(
            rows, isViolated: isViolated, neighbours: file.detectors.neighbours)
        #expect(agree(disagreement, file.detectors.label_disagreement, Self.tolerance))
        let some = [5, 3, rows.rows - 1]
        #expect(
            try PoisonDetectors.neighbourDisagreement(
                rows, isViolated: isViolated, neighbours: file.detectors.neighbours, at: some)
                == some.map { disagreement[$0] })
        let spectral = try PoisonDetectors.spectralSignature(
            Matrix(rows: file.detectors.features), isViolated: isViolated)
        #expect(agree(spectral, file.detectors.spectral, Self.tolerance))
        #expect(PoisonDetectors.largestRepetition(rows) == file.detectors.largest_repeat)
    }

    @Test func alarmsAgree() throws {
        let golden = file.alarm
        let steps = golden.sequence.map { $0 == 1 }
        var alarm = try RateAlarm(base: golden.base, alarming: golden.alarm, limit: golden.limit)
        var sums: [Double] = []
        for step in steps {
            _ = alarm.step(step)
            sums.append(alarm.sum)
        }
        #expect(agree(sums, golden.statistic, Self.tolerance))
        #expect(alarm.isLatched && alarm.firstAlarm(in: steps) == golden.first_alarm)
        #expect(!golden.windows.isEmpty)
        for window in golden.windows {
            let count = steps[window.end - golden.window + 1...window.end].count { $0 }
            #expect(count == window.count)
            let ours = WindowTest.pValue(count: count, window: golden.window, base: golden.base)
            #expect(ours.isWithin(Self.tolerance, of: window.p), "\(window.end)")
        }
    }

    @Test func certifiersAgree() throws {
        let smoothing = try SmoothingCertifier(sigma: file.smoothing.sigma, alpha: file.smoothing.alpha)
        #expect(!file.smoothing.cases.isEmpty && !file.interval_certifier.boxes.isEmpty)
        for golden in file.smoothing.cases {
            let lower = smoothing.lowerBound(top: golden.top, of: golden.n)
            #expect(lower.isWithin(Self.tolerance, of: golden.lower), "\(golden.top) of \(golden.n)")
            let radius = smoothing.radius(top: golden.top, of: golden.n)
            #expect((radius == nil) == golden.abstain)
            #expect(agree([radius ?? -1], [golden.radius ?? -1], Self.tolerance))
        }
        let golden = file.interval_certifier
        let network = IntervalCertifier([
            .init(weights: golden.w1, bias: golden.b1), .init(weights: golden.w2, bias: golden.b2),
        ])
        for box in golden.boxes {
            let range = network.bounds(round: file.rows[box.row], radius: box.eps)
            #expect(agree([range.lowerBound, range.upperBound], [box.low, box.high], Self.tolerance))
            let found = network.isUnsafe(round: file.rows[box.row], radius: box.eps)
            #expect(found.map { $0 ? "unsafe" : "safe" } == box.certified, "\(box.row) \(box.eps)")
        }
    }

    @Test func votesAndTokensAgree() throws {
        #expect(!file.partition.isEmpty && !file.tokens.cases.isEmpty)
        for golden in file.partition {
            let vote = PartitionVote(golden.votes)
            #expect(vote.label == golden.label && vote.tolerated == golden.tolerated, "\(golden.votes)")
        }
        let trigger = try TokenTrigger(file.tokens.trigger, keep: file.tokens.keep)
        for golden in file.tokens.cases { #expect(trigger.inserted(into: golden.prompt) == golden.triggered) }
    }
}

/// Whether two lists of numbers are the same up to a relative error, and an absolute one of the same size.
private func agree(_ ours: [Double], _ golden: [Double], _ tolerance: Double) -> Bool {
    ours.count == golden.count
        && zip(ours, golden).allSatisfy { $0.isWithin(tolerance, of: $1, floor: tolerance) }
}
