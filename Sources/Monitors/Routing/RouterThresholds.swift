import Foundation
import SafeRL
import Storage

/// Between which scores each class lies.
public struct RouterThresholds: Sendable, Equatable {
    /// α₁ < α₂ < α₃: how often a violated step may be let into the class act; into act or tighten; into anything but refuse.
    public let alphas: [Double]
    /// How often, over calibration sets, a risk may be above its α; nil where it holds on average alone.
    public let delta: Double?
    /// λ₁ ≤ λ₂ ≤ λ₃; nil for a class that the calibration allows to nobody, +∞ for one that it allows to all.
    public let values: [Double?]

    init(alphas: [Double], delta: Double?, values: [Double?]) {
        (self.alphas, self.delta, self.values) = (alphas, delta, values)
    }

    /// The class of a score.
    ///
    /// - Parameter score: a higher one means more danger.
    /// - Returns: the freest class whose threshold is above it; refuse for NaN.
    public func route(_ score: Double) -> RoutedClass {
        for place in values.indices {
            guard let threshold = values[place], score < threshold else { continue }
            return place == 0 ? .act : place == 1 ? .tighten : .ask
        }
        return .refuse
    }

    /// The class of a score and of what was recorded near it.
    ///
    /// - Parameters:
    ///   - score: a higher one means more danger.
    ///   - isGrounded: whether recorded transitions lie near; nil where there are none at all.
    /// - Returns: at best ask where none lie near, refuse where there are none.
    func route(_ score: Double, isGrounded: Bool?) -> RoutedClass {
        guard let isGrounded else { return .refuse }
        let own = route(score)
        return isGrounded ? own : max(own, .ask)
    }
}

extension RouterThresholds: Codable {
    private enum CodingKeys: String, CodingKey { case alphas, delta, values }

    /// Reads thresholds: numbers, "inf" or nothing.
    public init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: CodingKeys.self)
        let values = try all.decode([JSONThreshold].self, forKey: .values).map(\.value)
        self.init(
            alphas: try all.decode([Double].self, forKey: .alphas),
            delta: try all.decodeIfPresent(Double.self, forKey: .delta), values: values)
        guard alphas.count == 3, values.count == 3, values.allSatisfy({ $0?.isNaN != true }),
            zip(values, values.dropFirst()).allSatisfy({ $0 ?? -.infinity <= $1 ?? -.infinity })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .values, in: all, debugDescription: "thresholds that do not rise")
        }
    }

    /// Writes an infinite threshold as "inf", since JSON has no such number.
    public func encode(to encoder: any Encoder) throws {
        var all = encoder.container(keyedBy: CodingKeys.self)
        try all.encode(alphas, forKey: .alphas)
        try all.encodeIfPresent(delta, forKey: .delta)
        try all.encode(values.map { JSONThreshold(value: $0) }, forKey: .values)
    }
}

/// A threshold as JSON has it.
struct JSONThreshold: Codable {
    let value: Double?

    init(value: Double?) { self.value = value }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = nil
        } else if let number = try? single.decode(Double.self) {
            value = number
        } else {
            value = try single.decode(String.self) == "inf" ? .infinity : .nan
        }
    }

    func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch value {
        case nil: try single.encodeNil()
        case .infinity?: try single.encode("inf")
        case let number?: try single.encode(number)
        }
    }
}

extension RouterReport {
    /// Counts.
    ///
    /// - Parameters:
    ///   - steps: one an episode.
    ///   - thresholds: of the router.
    public init(_ steps: [RoutedStep], _ thresholds: RouterThresholds) {
        self.init(
            steps,
            as: steps.map { thresholds.route($0.score, isGrounded: $0.isGrounded) })
    }
}
