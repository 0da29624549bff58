/// What the rest of an episode brought or cost, step by step.
public enum ReturnsToGo {
    /// Discounted sums of what follows each step.
    ///
    /// - Parameters:
    ///   - rewards: of an episode's steps.
    ///   - discount: in [0, 1].
    ///   - after: value of the state after the last step where the episode was cut off there; 0 where it ended.
    /// - Returns: one a step: r_t + discount·G_{t+1}.
    public static func discounted(_ rewards: [Double], discount: Double, after: Double) -> [Double] {
        var (sum, result) = (after, [Double]())
        for reward in rewards.reversed() {
            sum = reward + discount * sum
            result.append(sum)
        }
        return result.reversed()
    }

    /// The worst violation ahead of each step, as FISOR's V_h estimates it: q_T = h_T, q_t = (1 − γ)h_t + γ·max(h_t, q_{t+1}).
    ///
    /// - Parameters:
    ///   - violations: h of an episode's steps, above 0 where violated.
    ///   - discount: γ, in [0, 1].
    /// - Returns: one a step.
    /// - SeeAlso: Zheng et al. 2024, "Safe offline reinforcement learning with feasibility-guided diffusion model",
    ///   arXiv:2401.10700, equation 5.
    public static func worstAhead(_ violations: [Double], discount: Double) -> [Double] {
        guard let last = violations.last else { return [] }
        var (ahead, result) = (last, [last])
        for violation in violations.dropLast().reversed() {
            ahead = (1 - discount) * violation + discount * max(violation, ahead)
            result.append(ahead)
        }
        return result.reversed()
    }
}
