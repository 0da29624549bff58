import Foundation

/// Adam in `Double` on one flat vector, with bias correction and ε outside the square root.
///
/// - SeeAlso: Kingma and Ba 2015, arXiv:1412.6980.
struct AdamDescent: Equatable, Sendable {
    private static let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8)
    private var first, second: [Double]
    private(set) var steps = 0

    init(count: Int) {
        first = [Double](repeating: 0, count: count)
        second = first
    }

    /// One step down a gradient whose norm is cut to `largestNorm` first; the gradient must be finite.
    mutating func step(
        _ parameters: inout [Double], down gradient: [Double], rate: Double, largestNorm: Double? = nil
    ) {
        precondition(
            gradient.count == first.count && parameters.count == first.count,
            "Adam: \(gradient.count) derivatives for \(first.count) parameters")
        steps += 1
        var scale = 1.0
        if let largestNorm { scale = min(1, largestNorm / max(dot(gradient, gradient).squareRoot(), 1e-300)) }
        let correction1 = 1 / (1 - pow(Self.beta1, Double(steps)))
        let correction2 = 1 / (1 - pow(Self.beta2, Double(steps)))
        for index in parameters.indices {
            let derivative = scale * gradient[index]
            first[index] = Self.beta1 * first[index] + (1 - Self.beta1) * derivative
            second[index] = Self.beta2 * second[index] + (1 - Self.beta2) * derivative * derivative
            parameters[index] -=
                rate * correction1 * first[index]
                / ((correction2 * second[index]).squareRoot() + Self.epsilon)
        }
    }

    func save(_ name: String, to state: inout LearnerState) {
        state.vectors["\(name).firstMoment"] = first
        state.vectors["\(name).secondMoment"] = second
        state.counts["\(name).steps"] = steps
    }

    init(_ name: String, from state: LearnerState, count: Int) throws(LearnerStateError) {
        first = try state.vector("\(name).firstMoment", count: count)
        second = try state.vector("\(name).secondMoment", count: count)
        guard second.allSatisfy({ $0 >= 0 }) else {
            throw .outOfRange("\(name).secondMoment", expected: "a row of squares")
        }
        steps = try state.count("\(name).steps")
    }
}
