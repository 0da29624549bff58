import Foundation
import Storage

/// A setting that a sweep tries values of.
public struct SearchParameter: Sendable, Equatable {
    /// What values there are.
    public enum Domain: Sendable, Equatable {
        /// Numbers from a least to a largest; by logarithm, or in steps from the least.
        case real(ClosedRange<Double>, isLogarithmic: Bool, step: Double?)
        /// Whole numbers likewise.
        case integer(ClosedRange<Int>, isLogarithmic: Bool, step: Int)
        /// Any of these, at least one; a value is the index of one.
        case choices([JSONValue])
    }

    /// The key of the configuration.
    public let name: String
    /// What values there are.
    public let domain: Domain

    /// Declares a parameter.
    public init(_ name: String, _ domain: Domain) { (self.name, self.domain) = (name, domain) }

    /// A value as JSON.
    ///
    /// - Parameter value: in the domain; of choices an index.
    /// - Returns: a number, or the choice.
    public func json(_ value: Double) -> JSONValue {
        switch domain {
        case .real: .number(value)
        case .integer: .integer(Int(value))
        case .choices(let choices): choices[Int(value)]
        }
    }

    /// All values in rising order; nothing where there is no end of them.
    public var values: [Double]? {
        switch domain {
        case .real(_, _, nil): nil
        case .integer(let range, true, _) where range.count > 10_000: nil
        case .choices(let choices): choices.indices.map(Double.init)
        default: (0..<stepCount).map(value(ofStep:))
        }
    }

    /// How many steps there are; 0 where there are none.
    var stepCount: Int {
        switch domain {
        case .real(let range, _, let step?):
            Int(((range.upperBound - range.lowerBound) / step + 1e-9).rounded(.down)) + 1
        case .real: 0
        case .integer(let range, _, let step): (range.upperBound - range.lowerBound) / step + 1
        case .choices(let choices): choices.count
        }
    }

    func value(ofStep number: Int) -> Double {
        switch domain {
        case .real(let range, _, let step): range.lowerBound + Double(number) * (step ?? 0)
        case .integer(let range, _, let step): Double(range.lowerBound + number * step)
        case .choices: Double(number)
        }
    }

    /// The nearest value of the domain.
    func nearest(_ value: Double) -> Double {
        switch domain {
        case .real(let range, _, nil): return min(max(value, range.lowerBound), range.upperBound)
        case .real(let range, _, let step?):
            return self.value(ofStep: bounded(((value - range.lowerBound) / step).rounded()))
        case .integer(let range, _, let step):
            return self.value(ofStep: bounded(((value - Double(range.lowerBound)) / Double(step)).rounded()))
        case .choices: return value
        }
    }

    private func bounded(_ step: Double) -> Int { min(max(Int(step), 0), stepCount - 1) }

    /// The interval on which values are spread evenly.
    ///
    /// It is half a step wider on either side where there are steps, and of logarithms where the domain says so. Choices have none.
    var axis: ClosedRange<Double> {
        let (low, high, half, isLogarithmic): (Double, Double, Double, Bool) =
            switch domain {
            case .real(let range, let isLogarithmic, let step):
                (range.lowerBound, range.upperBound, (step ?? 0) / 2, isLogarithmic)
            case .integer(let range, let isLogarithmic, let step):
                (Double(range.lowerBound), Double(range.upperBound), Double(step) / 2, isLogarithmic)
            case .choices: (0, 1, 0, false)
            }
        let ends = (low - half, high + half)
        return isLogarithmic ? log(ends.0)...log(ends.1) : ends.0...ends.1
    }

    private var isLogarithmic: Bool {
        switch domain {
        case .real(_, let isLogarithmic, _), .integer(_, let isLogarithmic, _): isLogarithmic
        case .choices: false
        }
    }

    /// The place of a value on the axis.
    func place(of value: Double) -> Double { isLogarithmic ? log(value) : value }
    /// The value at a place.
    func value(at place: Double) -> Double { nearest(isLogarithmic ? exp(place) : place) }

    /// The part of the axis that a value stands for; nothing where it stands for a point.
    func cell(of value: Double) -> ClosedRange<Double>? {
        let half: Double
        switch domain {
        case .real(_, _, let step?): half = step / 2
        case .integer(_, _, let step): half = Double(step) / 2
        default: return nil
        }
        let ends = (place(of: value - half), place(of: value + half))
        return max(ends.0, axis.lowerBound)...min(ends.1, axis.upperBound)
    }
}
