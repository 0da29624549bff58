import Foundation
import Tensors

/// Pairs of a state and an action as inputs of a fit: whitened, with a 1 in the place of a choice.
struct PairInputs: Sendable {
    let states: Whitening
    /// Nothing where actions are choices.
    private let actions: Whitening?
    private let observationSize, actionSize, choices: Int

    /// Suits recorded steps.
    ///
    /// - Throws: as `Whitening`.
    init(_ steps: RecordedSteps) throws(OffPolicyError) {
        states = try Whitening(steps.observations, size: steps.observationSize)
        actions = steps.actionChoices == nil ? try Whitening(steps.actions, size: steps.actionSize) : nil
        (observationSize, actionSize) = (steps.observationSize, steps.actionSize)
        choices = steps.actionChoices ?? 0
    }

    /// Numbers of an input.
    var count: Int { states.count + (actions?.count ?? choices) }

    /// The inputs of pairs, `[rows, count]`, for `[rows, observationSize]` and `[rows, actionSize]`.
    func rows(_ observations: ArraySlice<Float>, _ taken: ArraySlice<Float>) -> Matrix {
        let seen = states.coordinates(observations)
        if let actions { return seen.joined(actions.coordinates(taken)) }
        var chosen = Matrix(taken.count, choices)
        for (row, choice) in taken.enumerated() { chosen[row, min(max(Int(choice), 0), choices - 1)] = 1 }
        return seen.joined(chosen)
    }

    /// Some rows of pairs.
    func rows(_ range: Range<Int>, _ observations: [Float], _ taken: [Float]) -> Matrix {
        rows(
            observations[range.lowerBound * observationSize..<range.upperBound * observationSize],
            taken[range.lowerBound * actionSize..<range.upperBound * actionSize])
    }
}

/// Features of inputs: 1, the inputs, and random half-planes of them, max(w·x + b, 0).
///
/// Rectified, not periodic: beyond the recorded inputs they go on as they began.
///
/// - SeeAlso: Rahimi and Recht 2008, "Weighted sums of random kitchen sinks".
struct RandomFeatures: Sendable {
    /// w, `[inputs, half-planes]`, normal with variance 1/inputs, and b, uniform in ±`offset`.
    private let slopes: Matrix
    private let offsets: [Double]

    private static let offset: Float = 2

    /// Draws features.
    ///
    /// - Parameters:
    ///   - inputs: numbers of an input.
    ///   - count: half-planes, at least 1.
    ///   - seed: of the draws.
    ///   - set: which of several sets of one seed.
    init(inputs: Int, count: Int, seed: UInt64, set: Int) {
        var stream = RandomStream(seed: seed, for: .weights, index: UInt32(set))
        let factor = 1 / Double(max(inputs, 1)).squareRoot()
        var normal = [Float](repeating: 0, count: inputs * count)
        normal.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
        slopes = Matrix(inputs, count, normal.map { Double($0) * factor })
        offsets = (0..<count).map { _ in Double(stream.nextUniform(in: -Self.offset..<Self.offset)) }
    }

    /// Number of features.
    var count: Int { 1 + slopes.rows + slopes.columns }

    /// The features of inputs, `[rows, count]`.
    func matrix(_ inputs: Matrix) -> Matrix {
        var result = Matrix(inputs.rows, count)
        result.elements.withUnsafeMutableBufferPointer { out in
            guard let out = out.baseAddress else { return }
            fill(out, inputs)
        }
        return result
    }

    /// The features of many pairs, shared out in parts whose number depends on the rows alone.
    func matrix(_ observations: [Float], _ actions: [Float], rows: Int, as inputs: PairInputs) -> Matrix {
        var result = Matrix(rows, count)
        let (features, width) = (self, count)
        result.elements.withUnsafeMutableBufferPointer { out in
            guard let out = out.baseAddress else { return }
            Shards.overRows(rows, elements: rows * width, on: Place(out)) { place, range in
                features.fill(
                    place.pointer + range.lowerBound * width, inputs.rows(range, observations, actions))
            }
        }
        return result
    }

    private func fill(_ out: UnsafeMutablePointer<Double>, _ inputs: Matrix) {
        let heights = inputs * slopes
        let (plain, planes) = (inputs.columns, slopes.columns)
        for row in 0..<inputs.rows {
            let place = out + row * count
            place[0] = 1
            for column in 0..<plain { place[1 + column] = inputs.elements[row * plain + column] }
            for column in 0..<planes {
                place[1 + plain + column] = max(heights.elements[row * planes + column] + offsets[column], 0)
            }
        }
    }
}

/// Memory that parts of a computation write to, each its own place.
struct Place {
    let pointer: UnsafeMutablePointer<Double>
    init(_ pointer: UnsafeMutablePointer<Double>) { self.pointer = pointer }
}
