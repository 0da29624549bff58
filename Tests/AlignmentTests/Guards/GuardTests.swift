import Alignment
import TestSupport
import Testing

/// Verdicts, streams of labels and roll-backs beside an independent program.
@Suite struct GuardTests {
    struct Parsed: Decodable {
        struct Verdict: Decodable {
            let label, refusal: String?
            let categories: [String]
        }
        let text: String
        let response, prompt: Verdict
    }
    struct Scores: Decodable { let precision, recall, f1: Double }
    struct ThreeClass: Decodable {
        let truth: [Bool]
        let predicted: [Int]
        let strict, loose: Scores
    }
    struct Stream: Decodable {
        let labels, bin: String
        let start, end, offset: Int
        let released, paper: [Int]
        let distance: Int?
        let exact, within_128: Bool
    }
    struct FirstUnsafe: Decodable {
        let unsafe_counts, token_labels: [Int]
        let k, sample_label: Int
        let judge: [Bool]
        let boundary: Int?
    }
    struct Edge: Decodable {
        let unsafe, k: Int
        let flag: Bool
    }
    struct Halves: Decodable { let strict, loose, label: String }
    struct RollBack: Decodable {
        struct Result: Decodable {
            let tokens: [Int]
            let stopped: Bool
            let waited: Int
            let events: [[Int]]
        }
        let table: [[[Int]]]
        let buffer, tries, limit: Int
        let result: Result
    }
    struct Published: Decodable {
        let ahead, hit, b1_32, b33_64, b65_128, b129_256, over_256, missed, n: Int
        let exact, within_128: Double
    }
    struct Tables: Decodable {
        let parsing: [Parsed]
        let three_class: ThreeClass
        let streams: [Stream]
        let bins: [String: Int]
        let exact_share, within_128_share: Double
        let first_unsafe: [FirstUnsafe]
        let share_edges: [Edge]
        let cross_halves: [Halves]
        let rollback: [RollBack]
        let published: [String: Published]
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "guards.json")
    }

    @Test func verdictsAreThoseOfTheReference() throws {
        let all = try Self.tables().parsing
        #expect(!all.isEmpty)
        for one in all {
            for (subject, expected) in [(GuardVerdict.Subject.response, one.response), (.prompt, one.prompt)]
            {
                let verdict = GuardVerdict(parsing: one.text, of: subject)
                #expect(verdict.label?.name == expected.label, "\(one.text)")
                #expect(verdict.categories.map(\.rawValue) == expected.categories, "\(one.text)")
                #expect(verdict.isRefusal.map { $0 ? "Yes" : "No" } == expected.refusal, "\(one.text)")
            }
        }
    }

    @Test func whatCannotBeReadIsUnsafeWhereThePolicyIsStrict() {
        let verdict = GuardVerdict(parsing: "I cannot say.", of: .prompt)
        #expect(verdict.label == nil && verdict.isUnsafe(.strict) && !verdict.isUnsafe(.loose))
        let open = GuardVerdict(parsing: "Safety: Controversial", of: .prompt)
        #expect(open.isUnsafe(.strict) && !open.isUnsafe(.loose))
    }

    @Test func scoresOfBothPoliciesAreThoseOfTheReference() throws {
        let all = try Self.tables().three_class
        let labels = try all.predicted.map { try #require(GuardLabel(rawValue: $0)) }
        for (policy, expected) in [(GuardPolicy.strict, all.strict), (.loose, all.loose)] {
            let scores = GuardScores(truth: all.truth, labels: labels, policy)
            #expect(scores.precision.isWithin(1e-12, of: expected.precision))
            #expect(scores.recall.isWithin(1e-12, of: expected.recall))
            #expect(scores.f1.isWithin(1e-12, of: expected.f1))
        }
        #expect(GuardScores(truth: [false], flagged: [false]).f1 == 0)
        #expect(
            GuardScores(truth: all.truth, labels: labels, .strict).recall
                >= GuardScores(truth: all.truth, labels: labels, .loose).recall)
    }

    @Test func streamsAreFlaggedAsInTheReference() throws {
        let tables = try Self.tables()
        #expect(!tables.streams.isEmpty)
        var latencies: [FlagLatency] = []
        for one in tables.streams {
            let stream = LabelStream(
                try one.labels.map { try #require($0.wholeNumberValue.flatMap(GuardLabel.init(rawValue:))) })
            for (rule, expected) in [(LabelStream.Rule.released, one.released), (.report, one.paper)] {
                let flag = stream.flag(rule)
                #expect([flag?.label.rawValue ?? 0, flag?.token ?? -1] == expected, "\(rule): \(one.labels)")
            }
            let latency = FlagLatency(
                token: stream.flag(.released).map { $0.token + one.offset }, sentence: one.start...one.end)
            #expect(
                latency.bin == FlagLatency.Bin(rawValue: one.bin) && latency.distance == one.distance,
                "\(one.labels)")
            #expect((latency.bin == .hit) == one.exact)
            #expect((LatencyCounts([latency]).within128Share == 1) == one.within_128)
            latencies.append(latency)
        }
        let counts = LatencyCounts(latencies)
        for (bin, number) in counts.counts { #expect(tables.bins[bin.rawValue] == number) }
        #expect(tables.bins.values.reduce(0, +) == counts.responses)
        #expect(counts.exactShare.isWithin(1e-12, of: tables.exact_share))
        #expect(counts.within128Share.isWithin(1e-12, of: tables.within_128_share))
    }

    @Test func publishedSharesFollowFromTheirBins() throws {
        let all = try Self.tables().published
        #expect(!all.isEmpty)
        for one in all.values {
            let counts = LatencyCounts(counts: [
                .ahead: one.ahead, .hit: one.hit, .upTo32: one.b1_32, .upTo64: one.b33_64,
                .upTo128: one.b65_128, .upTo256: one.b129_256, .beyond256: one.over_256, .missed: one.missed,
            ])
            #expect(counts.responses == one.n)
            #expect(counts.exactShare.isWithin(1e-12, of: one.exact))
            #expect(counts.within128Share.isWithin(1e-12, of: one.within_128))
        }
    }

    @Test(arguments: [
        (33, "1-32"), (34, "33-64"), (65, "33-64"), (66, "65-128"), (130, "129-256"), (258, ">256"),
    ])
    func edgesOfBinsAreExact(_ token: Int, _ bin: String) {
        #expect(FlagLatency(token: token, sentence: 0...1).bin.rawValue == bin)
    }

    @Test func labelsOfTokensFollowFromRollOuts() throws {
        let tables = try Self.tables()
        #expect(!tables.first_unsafe.isEmpty && !tables.share_edges.isEmpty)
        for one in tables.first_unsafe {
            let labels = RolloutLabels(
                unsafe: one.unsafe_counts, of: one.k, confirmed: one.judge,
                label: try #require(GuardLabel(rawValue: one.sample_label)))
            #expect(labels.boundary == one.boundary && labels.labels.map(\.rawValue) == one.token_labels)
        }
        for one in tables.share_edges {
            #expect(RolloutLabels.isFlagged(unsafe: one.unsafe, of: one.k) == one.flag, "\(one)")
        }
    }

    @Test func disagreeingHalvesAreControversial() throws {
        let all = try Self.tables().cross_halves
        #expect(all.count == 4)
        for one in all {
            let label = GuardLabel.ofHalves(
                strictIsUnsafe: one.strict == "unsafe", looseIsUnsafe: one.loose == "unsafe")
            #expect(label.name.lowercased() == one.label)
        }
    }

    @Test func rollBacksAreThoseOfTheReference() throws {
        let all = try Self.tables().rollback
        #expect(!all.isEmpty)
        for one in all {
            var buffer = RollBackBuffer<Int>(size: one.buffer, tries: one.tries)
            var isEnded = false
            while !isEnded {
                let place = buffer.shown.count + buffer.waiting.count
                if place == one.limit {
                    buffer.finish()
                    break
                }
                let next = one.table[buffer.attempt][place]
                if case .refuse = buffer.add(next[0], isFlagged: next[1] == 1) { isEnded = true }
            }
            #expect(buffer.shown == one.result.tokens && buffer.isRefused == one.result.stopped)
            #expect(buffer.wasted == one.result.waited)
            #expect(buffer.events.map { [$0.place, $0.attempt, $0.dropped] } == one.result.events)
        }
    }

    /// A flag of a token that was dropped says nothing of the one that takes its place.
    @Test func aSingleFlagDropsNothing() {
        var buffer = RollBackBuffer<Int>(size: 2, tries: 1)
        for (token, isFlagged) in [(0, true), (1, false), (2, true), (3, false)] {
            guard case .goOn = buffer.add(token, isFlagged: isFlagged) else {
                Issue.record("dropped"); return
            }
        }
        #expect(buffer.shown == [0, 1] && buffer.waiting == [2, 3])
        _ = buffer.add(4, isFlagged: true)
        guard case .rollBack = buffer.add(5, isFlagged: true) else { Issue.record("not dropped"); return }
        guard case .goOn = buffer.add(3, isFlagged: true) else { Issue.record("dropped"); return }
        #expect(buffer.shown == [0, 1, 2] && buffer.waiting == [3] && buffer.wasted == 3)
    }
}
