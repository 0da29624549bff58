import Dynamics
import SafeRL

/// A model whose episodes end where it predicts so, by its head `terminated` above one half.
struct EndingModel: DynamicsModel {
    private let base: any DynamicsModel
    private let head: Int?

    init(_ base: any DynamicsModel) {
        (self.base, head) = (base, base.heads.firstIndex(of: ModelStage.ending))
    }

    var variables: ModelVariables { base.variables }
    var heads: [String] { base.heads }

    func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws -> ModelStep
    {
        var step = try base.sample(states, actions, using: &streams)
        if let head, let predictions = step.heads {
            for row in 0..<states.rows { step.isTerminated[row] = predictions[row, head] > 0.5 }
        }
        return step
    }

    func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        try base.expectedNextStates(states, actions)
    }
}
