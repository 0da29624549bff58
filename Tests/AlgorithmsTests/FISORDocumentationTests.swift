import Algorithms
import Foundation
import Networks
import SafeRL
import Tensors
import Testing

@Suite struct FISORDocumentationTests {
    /// The table of "When a state counts as feasible": the loss of V_h is level at 0 for these shares.
    @Test(
        arguments: [
            (0.9, 25, 0.735), (0.9, 3, 0.25), (0.95, 25, 0.568), (0.97, 25, 0.436), (0.99, 25, 0.202),
        ] as [(Float, Float, Double)])
    func aStateIsFeasibleWhereEnoughOfWhatWasRecordedIsSafe(_ tau: Float, _ violation: Float, _ share: Double)
        throws
    {
        /// Of a prediction, where a share of the targets is −1 and the rest `violation`.
        func loss(_ prediction: Float, _ share: Double) -> Float {
            let tape = Tape()
            let residuals = Tensor(
                1000, 1, (0..<1000).map { ($0 < Int(1000 * share) ? -1 : violation) - prediction })
            return reversedExpectile(tape.constant(residuals), tau).mean().scalar
        }
        #expect(loss(-0.01, share + 0.02) < loss(0.01, share + 0.02))
        #expect(loss(-0.01, share - 0.02) > loss(0.01, share - 0.02))
    }
}
