import Foundation
import SafeRL
import Storage

/// What is done with a proposal, from the freest to the strictest.
///
/// - SeeAlso: DeepKnown-Guard, arXiv:2511.03138: safe, conditionally safe, focused attention, unsafe.
public enum RoutedClass: String, Codable, Sendable, CaseIterable, Comparable {
    /// Safe: done as proposed.
    case act
    /// Conditionally safe: done within a tighter range and under tighter rules.
    case tighten
    /// Focused attention: held, and somebody is asked.
    case ask
    /// Unsafe: not done.
    case refuse

    /// By strictness.
    public static func < (a: Self, b: Self) -> Bool { a.strictness < b.strictness }

    private var strictness: Int { Self.allCases.firstIndex(of: self) ?? 3 }
}

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
        for (threshold, routed) in zip(values, RoutedClass.allCases) {
            if let threshold, score < threshold { return routed }
        }
        return .refuse
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
