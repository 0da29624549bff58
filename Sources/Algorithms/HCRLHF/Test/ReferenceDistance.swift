import Assurance
import Foundation
import SafeRL

/// How far one response of the candidate is from what the reference would have written.
struct ResponseDistance: StoredValue {
    /// Σ (log π − log π_ref) over its tokens, in nats: over responses of the candidate, its mean is the divergence.
    let divergence: Double
    /// Σ log π_ref over its tokens, in nats.
    let likelihood: Double
    /// Its tokens, at least 1.
    let tokens: Int

    /// Of log-probabilities of every token, under the candidate and under the reference.
    init(candidate: [Double], reference: [Double]) {
        divergence = zip(candidate, reference).reduce(0) { $0 + $1.0 - $1.1 }
        likelihood = reference.reduce(0, +)
        tokens = reference.count
    }

    /// −log π_ref a token.
    var surprise: Double { -likelihood / Double(tokens) }

    func check() throws(UnsoundValue) {
        try Sound.check(finite: [divergence, likelihood], "a distance")
        try Sound.check(tokens, "tokens", in: Sound.size)
    }
}

/// What the test's responses say of candidate and reference.
struct ReferenceDistance {
    /// Confidence of the bound that is compared with the largest divergence, and of the share's.
    static let confidence = 0.95
    /// An answer is unlikely where the reference finds it more surprising than this share of the answers kept apart.
    static let usual = 0.95
    /// The share of unlikely answers that a candidate which stays with its reference does not exceed, by its lower bound.
    static let largestShare = 0.25
    /// Fewer answers kept apart have no such quantile worth the name.
    private static let leastKept = 20

    /// Of the divergence of a response, in nats.
    let divergence: SampleMean
    /// Nats a token, over all tokens.
    let perToken: Double
    /// −log π_ref a token: mean over the candidate's responses, and over answers kept apart, nil where those are too few.
    let surprise: Double
    let keptSurprise: Double?
    /// Responses that are unlikely; nil where there are too few answers to say what is.
    let unlikely: BinomialCount?

    /// - Parameters:
    ///   - responses: one or more.
    ///   - kept: −log π_ref a token of answers that nothing has learned from.
    init?(_ responses: [ResponseDistance], kept: [Double]) {
        guard !responses.isEmpty else { return nil }
        divergence = SampleMean(responses.map(\.divergence))
        let tokens = responses.reduce(0) { $0 + $1.tokens }
        perToken = responses.reduce(0) { $0 + $1.divergence } / Double(tokens)
        surprise = SampleMean(responses.map(\.surprise)).mean
        guard kept.count >= Self.leastKept else {
            (keptSurprise, unlikely) = (nil, nil)
            return
        }
        keptSurprise = SampleMean(kept).mean
        let usual = kept.sorted()[Int(Self.usual * Double(kept.count))]
        unlikely = BinomialCount(
            events: responses.count { $0.surprise > usual }, trials: responses.count)
    }

    /// What the mean divergence does not exceed, by Student's approximation; nil for a single response.
    var upperDivergence: Double? {
        divergence.interval(confidence: 2 * Self.confidence - 1)?.upperBound
    }

    /// Whether a largest divergence, above 0, is not shown to be kept.
    func exceeds(_ largest: Double) -> Bool { !(upperDivergence.map { $0 <= largest } ?? false) }

    /// Lower bound on the share of unlikely answers, where it is more than a candidate near its reference writes.
    var unusualShare: Double? {
        unlikely.map { $0.lowerBound(confidence: Self.confidence) }.flatMap {
            $0 > Self.largestShare ? $0 : nil
        }
    }
}

extension HCRLHF {
    /// How far the test's responses are from the reference; nil where a run of an earlier version did not measure it.
    func distance() -> ReferenceDistance? {
        guard let distances = test?.distances else { return nil }
        return ReferenceDistance(distances, kept: keptSurprises())
    }

    /// −log π_ref a token of the better answers that were kept apart to measure the score models with.
    private func keptSurprises() -> [Double] {
        if let keptSurprise { return keptSurprise }
        let kept = (tokenized.corpus?.heldOutHelpful ?? []).compactMap { pair -> Response? in
            let length = tokenized.corpus?.text.prompt(pair.source.prompt).count ?? 0
            return pair.higher.count > length
                ? Response(prompt: Array(pair.higher[..<length]), tokens: Array(pair.higher[length...])) : nil
        }
        let surprises = fineTuning.model.responseLogProbabilities(kept, on: tape).rows.map {
            -SampleMean($0).mean
        }
        keptSurprise = surprises
        return surprises
    }

    /// What speaks against a candidate that may not go far from its reference.
    func distanceObjections() -> [Objection] {
        let largest = options.test.largestDivergence
        guard largest > 0 else { return [] }
        guard let distance = distance() else { return [.farFromReference(nil, largest: largest)] }
        var objections: [Objection] = []
        if distance.exceeds(largest) {
            objections.append(.farFromReference(distance.upperDivergence, largest: largest))
        }
        if let share = distance.unusualShare {
            objections.append(.unlikelyUnderReference(share, largest: ReferenceDistance.largestShare))
        }
        return objections
    }

    /// What a reader must know of a candidate that may go anywhere.
    func distanceCautions() -> [String] {
        guard options.test.largestDivergence == 0, let distance = distance(), distance.unusualShare != nil
        else { return [] }
        return [
            "\(judgement(distance)) That is no reason to refuse it where test.largestDivergence is 0."
        ]
    }

    /// How far the candidate went from its reference, and what that amounts to.
    func distanceSection() -> TrainingReport.Section {
        let title = "Distance from the reference, over the test's responses"
        guard let distance = distance() else { return .init(title, []) }
        func number(_ value: Double) -> String { String(format: "%.3g", value) }
        var lines: [TrainingReport.Line] = [
            .init("Judgement", key: "reference_distance", nil, judgement(distance)),
            .init(
                "Divergence of a response", key: "divergence_per_response", distance.divergence.mean,
                "\(number(distance.divergence.mean)) nats"
                    + (distance.upperDivergence.map { ", below \(number($0)) with 95 % confidence" } ?? "")),
            .init(
                "Divergence of a token", key: "divergence_per_token", distance.perToken,
                "\(number(distance.perToken)) nats"),
            .init(
                "Surprise of the reference", key: "reference_surprise", distance.surprise,
                "\(number(distance.surprise)) nats a token of the candidate's responses"
                    + (distance.keptSurprise.map { ", \(number($0)) of better answers kept apart" } ?? "")),
        ]
        if let unlikely = distance.unlikely {
            lines.append(share("Unlikely responses", "unlikely_share", unlikely))
        }
        return .init(title, lines)
    }

    /// Whether the candidate has left its reference, in words, with the threshold.
    func judgement(_ distance: ReferenceDistance) -> String {
        let largest = options.test.largestDivergence
        var faults: [String] = []
        if largest > 0, distance.exceeds(largest) {
            faults.append(
                "its divergence is not shown to be within \(String(format: "%.4g", largest)) nats a response")
        }
        if distance.unusualShare != nil {
            faults.append(
                "more than \(Int(100 * ReferenceDistance.largestShare)) % of its responses are less likely a token under the "
                    + "reference than \(Int(100 * ReferenceDistance.usual)) % of the better answers kept apart"
            )
        }
        if !faults.isEmpty {
            return "The candidate has left its reference: \(faults.joined(separator: "; "))."
        }
        if largest == 0 && distance.unlikely == nil {
            return
                "Not judged: test.largestDivergence is 0, and too few answers were kept apart to compare with."
        }
        let within =
            largest > 0 ? "its divergence is within \(String(format: "%.4g", largest)) nats a response" : ""
        let usual =
            distance.unlikely == nil
            ? ""
            : "it is not shown that more than \(Int(100 * ReferenceDistance.largestShare)) % of its responses are unlikely"
        return "The candidate stays with its reference: "
            + [within, usual].filter { !$0.isEmpty }.joined(separator: "; ") + "."
    }
}
