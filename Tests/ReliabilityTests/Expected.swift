import Foundation
import TestSupport
import Testing

/// A stored number: `null` for one that does not exist, `"inf"` and `"-inf"` for the infinities.
struct Expected: Decodable {
    let value: Double?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = nil
        } else if let text = try? container.decode(String.self) {
            value = Double(text)
        } else {
            value = try container.decode(Double.self)
        }
    }
}

/// Whether a number agrees with a stored one, by a share of it or, below 1, by the tolerance itself; `nil` with `nil`.
func agrees(_ actual: Double?, _ expected: Double?, _ tolerance: Double) -> Bool {
    guard let actual, let expected else { return actual == nil && expected == nil }
    return actual == expected || actual.isWithin(tolerance, of: expected, floor: tolerance)
}

/// Whether all numbers agree, in their order.
func agree(_ actual: [Double?], _ expected: [Double?], _ tolerance: Double) -> Bool {
    actual.count == expected.count && zip(actual, expected).allSatisfy { agrees($0, $1, tolerance) }
}
