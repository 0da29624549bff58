// BCRL: Brahmanage, Kumar, "Beyond Hard Constraints: Budget-Conditioned Reachability for Safe Offline Reinforcement Learning",
// 2026, arXiv:2603.22292, as its authors' code has it (read at e376629).
//
//   usual symbol             here
//   V_c*(s), Q_c             costV, costQ               least discounted cost still needed; of two members the largest counts
//   V(s, delta), Q           rewardV, rewardQ           value of reward with a budget; of two members the smallest counts
//   pi(a | s, delta)         policies.spending          acts while the budget suffices
//   pi_c(a | s)              policies.saving            clones the cheapest actions for when it does not
//   delta, c_max             budgets, largestBudget     discounted; c_max = largest cost / (1 - gamma)
//   U                        draws                      uniform numbers that budgets are drawn with
//   tau, tau_c, beta         rewardExpectile, costExpectile, temperature
//   kappa, T                 costLimit, episodeLength   of acting only
//
// Followed: both forms of the code. Deterministic dynamics: budgets are absolute, those that suffice in a state, and shrink
// along a transition by its cost. Stochastic dynamics: networks see the excess of a budget over what a state, or a pair, needs,
// which a transition keeps but for the discount. One update: V_c; Q_c with the V_c just updated; V; Q with the V just updated;
// both policies by one optimiser. Costs and rewards raw; time-outs are looked through; orthogonal start; layer norms in the
// values alone; the rules of acting, the one that spends V_c anew at every step too (spending).
//
// Deviations, with their reasons in docs/bcrl.md:
//   - the cost expected of a first state is the mean over recorded first states, with the policy in a checkpoint;
//   - deviations of the policies are kept within e^-5 … e^2, which is not known of the code;
//   - observations are standardised by the run, with 1e-3 added to a deviation; random numbers come from streams of our own.

import SafeRL

/// Learns to act within any budget: what costs are still needed, and what rewards can be had for the rest.
public final class BCRL: OfflineBaseline {
    /// `bcrl`.
    public static let name = "bcrl"

    let configuration: Configuration
    let data: TransitionDataset
    package let tape = Tape()
    package let costV: Learner<NormalisedMLP>, rewardV: Learner<NormalisedMLP>
    package let costQ: Learner<Ensemble>, rewardQ: Learner<Ensemble>
    package let policies: Learner<BudgetPolicies>
    package let transitions: EpisodeBatches
    package let draws: Draws
    /// c_max, above 0.
    package let largestBudget: Float
    package var metrics = Metrics()
    package var streams: RunStreams

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data lack what the configuration asks for.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        try configuration.check(data)
        (self.configuration, self.data) = (configuration, data)
        let (c, o, a) = (configuration, data.observationSize, data.actionSize)
        largestBudget = (data.costs.max() ?? 0) / (1 - c.discount)
        var weights = RandomStream(seed: seed, for: .weights)
        costV = Learner("cost-v", optimizer: c.valueAdam, using: &weights, c.value(o))
        costQ = Learner("cost-q", optimizer: c.valueAdam, hasTarget: true, using: &weights, c.critic(o + a))
        rewardV = Learner("reward-v", optimizer: c.valueAdam, using: &weights, c.value(o + 1))
        rewardQ = Learner(
            "reward-q", optimizer: c.valueAdam, hasTarget: true, using: &weights, c.critic(o + a + 1))
        policies = Learner(
            "policies", optimizer: Adam(rate: .cosine(c.actorRate, updates: c.actorDecayUpdates)),
            using: &weights, c.policies(o, a))
        transitions = try c.values.batches(of: data)
        draws = Draws(c)
        streams = RunStreams(seed: seed)
    }

    /// One step of every network on the rows and draws as they are.
    ///
    /// - Throws: `NonFiniteError`.
    package func learn() throws {
        tape.reset()
        let (c, batch) = (configuration, transitions.batch)
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        let s2 = tape.constant(batch.nextObservations), sa = s.joined(a)
        let costs = tape.constant(batch.costs)
        let future = c.discount * tape.constant(transitions.rewardsGoOn)

        let needed = neededCost(costQ.target(sa))
        metrics.costVLoss = try costV.descend(on: tape) {
            expectile(needed - costV(s, c), c.costExpectile).mean()
        }
        let yc = costs + future * costV(s2, c)
        metrics.costQLoss = try costQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(c.nonNegative(costQ(sa)), yc).mean()
        }
        let need = Need(state: costV(s, c), pair: neededCost(costQ.target(sa)))
        metrics.costMean = need.state.mean().scalar

        try learnReward(s, sa, need)
        let target = c.rewardScale * tape.constant(batch.rewards)
        try learnRewardQ(sa, s2, costs, need, reward: target, future)
        try learnPolicies(s, a, sa, need)
    }

    /// The least discounted cost that a state needs, and a pair of state and action, `[rows, 1]` each, constants.
    package struct Need {
        package let state, pair: Variable
    }

    /// A budget as the values of states and of pairs see it, `[rows, 1]` each.
    package struct Budget {
        package let state, pair: Variable
    }

    /// The largest member, at least 0 where the form keeps costs so.
    private func neededCost(_ members: Variable) -> Variable { configuration.nonNegative(members).largest() }

    /// A budget that suffices for the recorded action, by draws from U(0, 1).
    ///
    /// Absolute: from what the pair needs up to c_max. As an excess: U·c_max above what both need, less what each needs.
    package func budget(_ need: Need, _ draws: borrowing Tensor) -> Budget {
        let (u, most) = (tape.constant(draws), largestBudget)
        switch configuration.dynamics {
        case .deterministic:
            let least = need.pair.clipped(0, most)
            let budget = least + u * (most - least)
            return Budget(state: budget, pair: budget)
        case .stochastic:
            let budget = u * most + maximum(need.pair, need.state)
            return Budget(state: budget - need.state, pair: budget - need.pair)
        }
    }

    /// V: the upper part of what the recorded actions are worth within a budget.
    private func learnReward(_ s: Variable, _ sa: Variable, _ need: Need) throws {
        let budget = budget(need, draws.value)
        let q = rewardQ.target(sa.joined(budget.pair)).smallest()
        metrics.rewardVLoss = try rewardV.descend(on: tape) {
            expectile(q - rewardV(s.joined(budget.state)), configuration.rewardExpectile).mean()
        }
    }

    /// Q: the reward and what the next state is worth within what is left of the budget.
    private func learnRewardQ(
        _ sa: Variable, _ s2: Variable, _ costs: Variable, _ need: Need, reward: Variable, _ future: Variable
    ) throws {
        let (c, u, most) = (configuration, tape.constant(draws.critic), largestBudget)
        let left: Variable, budget: Variable
        switch c.dynamics {
        case .deterministic:
            let enough = maximum(costV(s2, c), (need.pair - costs) / c.discount).clipped(0, most)
            left = enough + u * (most - enough)
            budget = costs + c.discount * left
        case .stochastic:
            left = u * most
            budget = c.discount * left
        }
        let y = reward + future * rewardV(s2.joined(left))
        metrics.rewardQLoss = try rewardQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(rewardQ(sa.joined(budget)), y).mean()
        }
    }

    /// Both policies: clones of the recorded actions, one weighted by their reward within a budget, the other by their costs.
    private func learnPolicies(_ s: Variable, _ a: Variable, _ sa: Variable, _ need: Need) throws {
        let c = configuration, budget = budget(need, draws.policies)
        let gain = rewardQ(sa.joined(budget.pair)).smallest() - rewardV(s.joined(budget.state))
        let weight = (c.temperature * gain).exp().clipped(0, c.weightCap)
        let saving = (c.temperature * (need.state - need.pair)).exp().clipped(0, c.weightCap)
        metrics.rewardWeight = weight.mean().scalar
        metrics.costWeight = saving.mean().scalar
        let seen = s.joined(budget.state.clipped(0, largestBudget))
        metrics.policyLoss = try policies.descend(on: tape) {
            let (body, w) = (policies.body, policies.weights(on: tape))
            let spent = body.spending.logDensity(of: a, in: seen, w) { self.dropping($1, $0, of: 0) }
            let saved = body.saving.logDensity(of: a, in: s, w) { self.dropping($1, $0, of: 1) }
            return -(weight * spent).mean() - (saving * saved).mean()
        }
    }

    /// A hidden layer's result with dropout.
    private func dropping(_ result: Variable, _ layer: Int, of policy: Int) -> Variable {
        configuration.dropout > 0 ? result * tape.constant(draws.keeps[policy][layer].factors) : result
    }
}

extension LearnerOf where Body == NormalisedMLP, Scalar == Float {
    /// V_c as the form keeps it.
    fileprivate func callAsFunction(_ s: Variable, _ c: BCRL.Configuration) -> Variable {
        c.nonNegative(self(s))
    }
}
