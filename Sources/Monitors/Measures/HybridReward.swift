/// The reward of training with a monitor that punishes both errors: going on where it is unsafe, and stopping where it is safe.
///
/// A reward for safety alone is bought by stopping always: Qwen3Guard's learned to refuse 96.6 % that way.
public struct HybridReward: Sendable, Hashable {
    /// s: the standard deviation of returns in the data, above 0.
    public let scale: Double

    /// Takes the scale of returns.
    public init(scale: Double) {
        precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
        self.scale = scale
    }

    /// The return as training sees it.
    ///
    /// - Parameters:
    ///   - value: R, the return itself.
    ///   - isUnsafe: whether the episode went on where its label is unsafe.
    ///   - isStopped: whether it was stopped although its label is safe.
    /// - Returns: min(−10 s, R) where unsafe, else min(−5 s, R) where stopped needlessly, else R.
    public func reward(_ value: Double, isUnsafe: Bool, isStopped: Bool) -> Double {
        if isUnsafe { return min(-10 * scale, value) }
        return isStopped ? min(-5 * scale, value) : value
    }
}
