import Alignment
import Foundation
import TestSupport
import Testing

/// Losses and gradients beside those of two other programs, and by differences.
@Suite struct GRPOLossTests {
    struct Cases: Decodable {
        let cases: [Case]
    }

    struct Case: Decodable {
        struct Options: Decodable {
            let low, high: Double
            let normalise: String
            let beta: Double?
            let estimator, ratio, loss: String?
            let total: Int?
            let L: Int?
            let delta, dual: Double?
        }
        let name: String
        let log_probabilities, old, reference, gradient, token_loss: [[Double]]
        let advantages: [Double]
        let options: Options
        let loss, mean_k3, clipped_low, clipped_high: Double
    }

    private static func described(_ options: Case.Options) throws -> GRPOLoss {
        var loss = GRPOLoss()
        (loss.low, loss.high) = (options.low, options.high)
        loss.divergencePenalty = options.beta ?? 0
        loss.divergence = try #require(GRPOLoss.Divergence(rawValue: options.estimator ?? "k3"))
        loss.ratio = try #require(GRPOLoss.Ratio(rawValue: options.ratio ?? "token"))
        loss.surrogate = options.loss == "cispo" ? .cispo : .clipped
        (loss.twoSided, loss.dual) = (options.delta, options.dual)
        loss.largestLogRatio = nil
        loss.normalisation =
            switch options.normalise {
            case "sequence": .sequence
            case "token": .token
            case "total": .total(tokens: try #require(options.total))
            default: .constant(length: try #require(options.L))
            }
        return loss
    }

    private static func isNear(_ a: [[Double]], _ b: [[Double]]) -> Bool {
        let (a, b) = (a.flatMap { $0 }, b.flatMap { $0 })
        let size = b.map(abs).max() ?? 0
        return a.count == b.count && zip(a, b).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-12 * size) }
    }

    @Test func lossesAndGradientsAreThoseOfTheReferences() throws {
        let all = try Golden.decode(Cases.self, "alignment", "grpo.json").cases
        #expect(all.count == 16)
        for one in all {
            let value = try Self.described(one.options)(
                one.log_probabilities, old: one.old, reference: one.reference, advantages: one.advantages)
            #expect(value.loss.isWithin(1e-12, of: one.loss, floor: 1e-15), "\(one.name)")
            #expect(Self.isNear(value.tokenLosses, one.token_loss), "\(one.name): losses of tokens")
            #expect(Self.isNear(value.gradient, one.gradient), "\(one.name): gradient")
            #expect(value.meanDivergence.isWithin(1e-12, of: one.mean_k3), "\(one.name)")
            #expect(value.clippedLow.isWithin(1e-12, of: one.clipped_low), "\(one.name)")
            #expect(value.clippedHigh.isWithin(1e-12, of: one.clipped_high), "\(one.name)")
        }
    }

    /// Where a bound is met the slope is 0, and where it is not it is that of the differences.
    @Test func gradientsAreThoseOfDifferences() throws {
        let all = try Golden.decode(Cases.self, "alignment", "grpo.json").cases
        for one in all where !["cispo", "gspo-token", "extreme"].contains(one.name) {
            var loss = try Self.described(one.options)
            loss.largestLogRatio = 0.9
            let value = loss(
                one.log_probabilities, old: one.old, reference: one.reference, advantages: one.advantages)
            let h = 1e-6
            for row in one.log_probabilities.indices {
                for t in one.log_probabilities[row].indices {
                    var (up, down) = (one.log_probabilities, one.log_probabilities)
                    up[row][t] += h
                    down[row][t] -= h
                    let sides = [up, down].map {
                        loss($0, old: one.old, reference: one.reference, advantages: one.advantages).loss
                    }
                    let slope = (sides[0] - sides[1]) / (2 * h)
                    #expect(
                        abs(slope - value.gradient[row][t]) < 1e-7 * (1 + abs(slope)),
                        "\(one.name) \(row) \(t)")
                }
            }
        }
    }

    @Test func mixedSignsOfInfinityAreBounded() {
        var loss = GRPOLoss()
        loss.divergencePenalty = 0.1
        let value = loss([[-700, 0]], old: [[0, -700]], reference: [[0, -900]], advantages: [-1])
        #expect(value.loss.isFinite && value.gradient[0].allSatisfy(\.isFinite))
    }

    /// A ratio of whole responses is the product of its tokens' ratios, and its slope goes to each of them whole.
    @Test func aRatioOfTheWholeIsAProduct() {
        var loss = GRPOLoss()
        (loss.ratio, loss.low, loss.high) = (.whole, 1, .infinity)
        let (new, old) = ([[-0.5, -1.25, -0.25], [-2.0]], [[-0.75, -1.0, -0.5], [-1.5]])
        let advantages = [1.5, -0.5]
        func value(_ rows: [[Double]]) -> GRPOLoss.Value {
            loss(rows, old: old, reference: old, advantages: advantages)
        }
        let (first, second) = (exp(0.25), exp(-0.5))
        #expect(abs(value(new).loss - (-1.5 * first + 0.5 * second) / 2) < 1e-12)
        for row in new.indices {
            for place in new[row].indices {
                var (up, down) = (new, new)
                up[row][place] += 1e-6
                down[row][place] -= 1e-6
                let slope = (value(up).loss - value(down).loss) / 2e-6
                #expect(abs(slope - value(new).gradient[row][place]) < 1e-8)
            }
        }
        #expect(loss.weights([3, 1]) == [1.0 / 6, 0.5])
        loss.normalisation = .token
        #expect(loss.weights([3, 1]) == [0.25, 0.25])
    }
}
