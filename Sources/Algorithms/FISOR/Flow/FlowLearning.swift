import SafeRL

/// The two networks of a one-step policy: a flow that clones the data, and what is distilled from it.
///
///   Flow Q-learning          here
///   v_theta(s, x, t)         clone       velocity of the flow from noise (t = 0) to actions (t = 1)
///   mu_omega(s, z)           actor       the one-step policy; its moving average acts
///   alpha                    distillation
///
/// - SeeAlso: Park, Li and Levine 2025, arXiv:2502.02538.
package final class FlowLearning {
    /// The random numbers of one update, kept apart so that a test can put given ones in their place.
    package final class Draws {
        /// x₀ of the flow and z of the one-step policy, `[rows, A]`.
        package let start: Tensor, noise: Tensor
        /// t, `[rows, 1]`.
        package let times: Tensor

        init(rows: Int, actions: Int) {
            start = Tensor(rows, actions)
            noise = Tensor(rows, actions)
            times = Tensor(rows, 1)
        }

        func fill(using stream: inout RandomStream) {
            stream.fillNormal(start.buffer)
            stream.fillUniform(times.buffer)
            stream.fillNormal(noise.buffer)
        }
    }

    let settings: FISOR.PolicyKind.OneStepFlow
    /// The flow's velocity, of an observation, a point and a time.
    package let clone: Learner<MLP>
    /// The one-step policy, of an observation and noise.
    package let actor: Learner<MLP>
    /// One for each update of a step.
    package let draws: [Draws]

    init(
        _ settings: FISOR.PolicyKind.OneStepFlow, _ c: FISOR.Configuration, of data: TransitionDataset,
        using weights: inout RandomStream
    ) {
        self.settings = settings
        let (o, a) = (data.observationSize, data.actionSize)
        let adam = Adam(rate: .cosine(c.learningRate, updates: c.policyDecayUpdates))
        clone = Learner("clone", optimizer: adam, using: &weights, settings.velocity(o, a))
        actor = Learner("actor", optimizer: adam, hasTarget: true, using: &weights, settings.actor(o, a))
        draws = (0..<c.policyUpdates).map { _ in Draws(rows: c.policyRows, actions: a) }
    }

    /// Moves the flow towards the data: J = mean (v(s, x_t, t) − (x₁ − x₀))², x_t = (1 − t)·x₀ + t·x₁.
    ///
    /// - Parameters:
    ///   - s: observations, `[B, O]`.
    ///   - a: recorded actions, x₁, `[B, A]`.
    ///   - draw: x₀ and t.
    /// - Returns: the loss before the step.
    /// - Throws: `NonFiniteError`.
    func learn(_ s: Variable, _ a: Variable, _ draw: Draws) throws -> Float {
        let tape = s.tape, start = tape.constant(draw.start), t = tape.constant(draw.times)
        let x = (1 - t) * start + t * a
        return try clone.descend(on: tape) {
            squaredError(clone(s.joined(x).joined(t)), a - start).mean()
        }
    }

    /// Where the flow takes noise, by Euler's steps, clipped to [−1, 1] at the end.
    ///
    /// - Parameters:
    ///   - s: observations, `[B, O]`.
    ///   - z: noise, `[B, A]`.
    /// - Returns: actions, `[B, A]`, a constant.
    package func flow(_ s: Variable, from z: Variable) -> Variable {
        let tape = s.tape, x = tape.copy(z)
        for step in 0..<settings.steps {
            // Only x lives from step to step, so the memory of a forward pass is that of one step.
            tape.temporarily {
                let t = tape.constant(Float(step) / Float(settings.steps), s.shape.rows, 1)
                x.assign(x + clone(s.joined(x).joined(t)) / Float(settings.steps))
            }
        }
        tape.temporarily { x.assign(x.clipped(-1, 1)) }
        return x
    }
}

extension FISOR.PolicyKind.OneStepFlow {
    func velocity(_ observation: Int, _ action: Int) -> (inout Layout) -> MLP {
        { [widths] in
            MLP(
                "", observation + action + 1, hidden: widths, outputs: action, activation: .gelu, in: &$0)
        }
    }

    func actor(_ observation: Int, _ action: Int) -> (inout Layout) -> MLP {
        { [widths] in
            MLP("", observation + action, hidden: widths, outputs: action, activation: .gelu, in: &$0)
        }
    }
}
